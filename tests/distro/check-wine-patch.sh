#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The patch series for Wine against the newest source in Debian ($SUITE): apply, build without a
# warning of the new files, and pass Wine's own tests of iphlpapi and of sockets when laid over the
# package of that very version. Only what the series touch is built.
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
        echo "#define wine_build \"wine-10.0\"" >dlls/ntdll/unix/version.h # of Debian
        cd ../wine-build
        lib=/usr/lib/x86_64-linux-gnu/wine # as in debian/rules
        ../wine/configure --libdir=$lib --bindir=$lib --datarootdir=/usr/share/wine \
            --enable-win64 --with-mingw --without-x --without-freetype \
            --without-gnutls --without-vulkan --without-opengl --disable-winevulkan \
            >configure.log 2>&1 || :
        # One makedep does for all rounds.
        sed -i "s/^ *gcc .*makedep/[ -x tools\/makedep ] || &/" config.status
        what=
        for i in $(seq 60); do
            ./config.status $what >status.log 2>&1 && [ "$(wc -l <Makefile)" -gt 10000 ] && break
            what=Makefile
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
dlls/ws2_32/x86_64-windows/ws2_32.dll dlls/ntdll/ntdll.so"
tests="dlls/iphlpapi/tests/x86_64-windows/iphlpapi_test.exe \
dlls/ws2_32/tests/x86_64-windows/ws2_32_test.exe"

# The test of sockets wants an address of its own; nobody is at the other end.
distro_network='ip link set lo up; ip link add here type veth peer name there;
    ip addr add 10.99.0.1/24 dev here; ip link set there up; ip link set here up'

wine_test() { # program, its test
    distro_user 400 sh -c 'wineboot -i >/dev/null 2>&1
        WINETEST_REPORT_SUCCESS=1 wine "/out/$1" "$2"
        wineserver -k' - "$1" "$2"
}

# The checks of one function that came to a verdict.
verdicts() { # outcome, source, function, verdict
    awk -F: -v verdict="$4" -v begin="^static void $3[(]" -v file="$(basename "$2")" '
        NR == FNR { if ($0 ~ begin) first = FNR; if (first && !last && /^}/) last = FNR; next }
        $1 ~ file "$" && $2 > first && $2 < last && index($3, verdict) { n++ }
        END { print n + 0 }' "$distro_root/src/wine/$2" "$1"
}

passes() { # outcome, source, function, number of checks at least
    [ "$(verdicts "$1" "$2" "$3" "Test succeeded")" -ge "$4" ] &&
        [ "$(verdicts "$1" "$2" "$3" "Test failed")" -eq 0 ]
}

# What failed, without what differs from run to run.
complaints() { # outcome
    sed -n 's/^.*\.c:[0-9]*:[0-9. ]*\(Test failed.*\)/\1/p' "$1" |
        sed 's/[0-9a-f]\{2,\}/N/g' | sort -u
}

# What a Get is made of. First among all that runs, or other work on this machine would count.
way() {
    chrt -f -p 1 $$ 2>/dev/null
    distro_wine 120 /out/way.exe >"$distro_tmp/way"
    status=$?
    chrt -o -p 0 $$ 2>/dev/null
    return $status
}

fails_nowhere_else() {
    grep -q 'tests executed' "$distro_tmp/after" || return 1
    complaints "$distro_tmp/before" >"$distro_tmp/complaints"
    ! complaints "$distro_tmp/after" | grep -vxFf "$distro_tmp/complaints"
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
# With dlltool an import library takes a second instead of a process for each export.
build="sed -i 's/ --without-dlltool//' Makefile && make -j2 $modules $tests"
check "and its own modules build" inside 2400 "cd /src/wine-build && $build"
take_tests() {
    # shellcheck disable=SC2086 # words are wanted
    (cd "$distro_root/src/wine-build" && cp $tests "$distro_root/out")
}
take_tests
wine_test iphlpapi_test.exe iphlpapi >"$distro_tmp/before" 2>&1
check "the series apply, in either order" inside 60 'cd /src/wine &&
    for p in /out/series/tcp-info/*.patch /out/series/estats/*.patch; do
        patch -p1 --fuzz=0 <"$p"
    done'
check "makedep takes them" inside 300 'cd /src/wine-build && ./config.status'
check "they build" inside 1800 "cd /src/wine-build && { $build; } >build.log 2>&1 ||
    { grep -E -A3 'error:|\*\*\*' build.log; exit 1; }"
check "without a warning" inside 10 '! grep "warning:" /src/wine-build/build.log'
needed=
lib=/usr/lib/x86_64-linux-gnu/wine
check "and are laid over the package" inside 30 "cd /src/wine-build && for m in $modules; do
    case \$m in
    *.so) cp \$m $lib/x86_64-unix/ ;;
    *) cp \$m $lib/x86_64-windows/ ;;
    esac
done"
take_tests
rm -rf "$distro_root/home/user/.wine"
wine_test iphlpapi_test.exe iphlpapi >"$distro_tmp/after" 2>&1
echo "        Wine's test before: $(grep 'tests executed' "$distro_tmp/before" | tail -n 1)"
echo "        Wine's test after:  $(grep 'tests executed' "$distro_tmp/after" | tail -n 1)"
check "the functions pass the test that comes with them" \
    passes "$distro_tmp/after" dlls/iphlpapi/tests/iphlpapi.c test_tcp_estats 38
check "and Wine's own test of iphlpapi fails nowhere that it did not" fails_nowhere_else
cp "$O/tests/wine-patch/way.exe" "$distro_root/out"
check "what a Get is made of is measured" way
sed 's/^/        /' "$distro_tmp/way"
# The rest of this one takes long, and wants more of a network.
wine_test ws2_32_test.exe sock >"$distro_tmp/sock" 2>&1
check "SIO_TCP_INFO passes the test that comes with it" \
    passes "$distro_tmp/sock" dlls/ws2_32/tests/sock.c test_tcp_info 45

distro_finish
