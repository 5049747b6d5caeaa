#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The patch series for Wine against the newest source in Debian ($SUITE): applies, builds without a
# warning of the new files, and passes Wine's own test of iphlpapi when laid over the package of
# that very version. Only what the series touches is built.
# shellcheck disable=SC2016 # for a shell inside
set -u
# shellcheck source=tests/distro/lib.sh
. tests/distro/lib.sh
distro_private "$@"
suite=${SUITE:-sid}
distro_open "$suite"

inside() { # seconds, script
    distro_run "$1" sh -ec "$2"
}

# The package generates much that the series does not need; empty files stand in for that, so that
# makedep can read all.
configure() {
    inside 1200 'cd /src/wine
        export DEB_BUILD_MAINT_OPTIONS=hardening=-stackprotector,-stackclash # as debian/rules
        rm -rf ../wine-build && mkdir -p ../wine-build/nls
        ln -sf /usr/share/misc/config.guess /usr/share/misc/config.sub tools
        tools/make_requests && tools/make_specfiles && autoreconf -f
        cp /usr/share/wine/nls/*.nls nls && cp nls/*.nls ../wine-build/nls
        mkdir -p ../wine-build/include/wine
        cp include/wine/server_tmpdir.h ../wine-build/include/wine # of Debian
        mkdir -p ../wine-build/dlls/ntdll # to link with
        cp /usr/lib/x86_64-linux-gnu/wine/x86_64-unix/ntdll.so ../wine-build/dlls/ntdll
        cd ../wine-build
        ../wine/configure --enable-win64 --with-mingw --without-x --without-freetype \
            --without-gnutls --without-vulkan --without-opengl --disable-winevulkan \
            >configure.log 2>&1 || :
        # One makedep does for all rounds.
        sed -i "s/^ *gcc .*makedep/[ -x tools\/makedep ] || &/" config.status
        for i in $(seq 60); do
            ./config.status >status.log 2>&1 && [ "$(wc -l <Makefile)" -gt 10000 ] && break
            name=$(sed -n "s/.*makedep: error: open \(.*\) : No such.*/\1/p" status.log)
            [ -n "$name" ] || break
            case $name in
            wine/*) : >../wine/include/$name; continue ;;
            esac
            for user in $(
                grep -lFw -e "$name" ../wine/dlls/*/Makefile.in ../wine/programs/*/Makefile.in
                grep -lFw -e "$name" ../wine/dlls/*/*.rc ../wine/dlls/*/*.c ../wine/dlls/*/*.h); do
                file=$(dirname "$user")/$name
                [ -e "$file" ] || { mkdir -p "$(dirname "$file")" && : >"$file"; }
            done
        done
        [ "$(wc -l <Makefile)" -gt 10000 ]'
}

modules="dlls/iphlpapi/x86_64-windows/iphlpapi.dll dlls/nsi/x86_64-windows/nsi.dll \
dlls/nsiproxy.sys/x86_64-windows/nsiproxy.sys dlls/nsiproxy.sys/nsiproxy.so \
dlls/iphlpapi/tests/x86_64-windows/iphlpapi_test.exe"

wine_test() {
    distro_user 300 sh -c 'wineboot -i >/dev/null 2>&1
        wine /out/iphlpapi_test.exe iphlpapi
        wineserver -k'
}

needed=1
check "what is needed to build it installs" inside 900 'apt-get -qq -y install gcc libc6-dev \
    dpkg-dev flex bison autoconf autotools-dev perl gettext gcc-mingw-w64-x86-64-win32 pkgconf \
    make'
check "the source of the installed version is there" inside 900 'cd /src &&
    apt-get -qq source "wine=$(dpkg-query -W -f "\${source:Version}" libwine:amd64)" &&
    mv wine-*/ wine'
mkdir "$distro_root/out/series"
check "the series can be made for it" tools/wine-patch/make-patch "$distro_root/src/wine" \
    "$distro_root/out/series"
check "Wine is configured" configure
build="make -j2 -o dlls/ntdll/ntdll.so $modules"
check "and its own modules build" inside 1800 "cd /src/wine-build && $build"
cp "$distro_root/src/wine-build/dlls/iphlpapi/tests/x86_64-windows/iphlpapi_test.exe" \
    "$distro_root/out/iphlpapi_test.exe"
wine_test >"$distro_tmp/before" 2>&1
check "the series applies" inside 60 'cd /src/wine && for p in /out/series/*.patch; do
    patch -p1 --fuzz=0 <"$p"; done'
check "makedep takes it" inside 300 'cd /src/wine-build && ./config.status'
check "it builds" inside 1200 "cd /src/wine-build && $build >build.log 2>&1"
check "without a warning" inside 10 '! grep "warning:" /src/wine-build/build.log'
needed=
lib=/usr/lib/x86_64-linux-gnu/wine
check "and is laid over the package" inside 30 "cd /src/wine-build && cp \
    dlls/iphlpapi/x86_64-windows/iphlpapi.dll dlls/nsi/x86_64-windows/nsi.dll \
    dlls/nsiproxy.sys/x86_64-windows/nsiproxy.sys $lib/x86_64-windows/ &&
    cp dlls/nsiproxy.sys/nsiproxy.so $lib/x86_64-unix/ &&
    cp dlls/iphlpapi/tests/x86_64-windows/iphlpapi_test.exe /out"
rm -rf "$distro_root/home/user/.wine"
wine_test >"$distro_tmp/after" 2>&1
count() { # what, file
    grep -oE "[0-9]+ $1" "$2" | tail -n 1 | cut -d' ' -f1
}
echo "        Wine's test before: $(grep 'tests executed' "$distro_tmp/before" | tail -n 1)"
echo "        Wine's test after:  $(grep 'tests executed' "$distro_tmp/after" | tail -n 1)"
check "Wine's own test has more to say then" test \
    "$(count 'tests executed' "$distro_tmp/after")" -gt \
    "$(($(count 'tests executed' "$distro_tmp/before") + 30))"
check "and fails nowhere that it did not" test "$(count failures "$distro_tmp/after")" -le \
    "$(count failures "$distro_tmp/before")"

distro_finish
