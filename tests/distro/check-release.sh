#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The binary release in a fresh system of a Debian release ($SUITE) that has Wine, but neither a
# compiler nor libnl nor any package of ours: an ordinary user unpacks it and serves a prefix from
# it. And its helper on the oldest glibc that Debian's archive still has.
# shellcheck disable=SC2016 # for a shell inside
set -u
# shellcheck source=tests/distro/lib.sh
. tests/distro/lib.sh
distro_private "$@"
suite=${SUITE:-bookworm}
old=bullseye
name=wine-estats-$(cat VERSION)-linux-x86_64
archive=$O/release/$name.tar.xz
[ -e "$archive" ] || distro_skip "there is no $archive; run make release"
helper=lib/wine/x86_64-unix/wineestats.so

distro_open "$suite"
echo "Wine $distro_wine_version of $suite${distro_i386:+, also for i386}"
cp "$archive" "$distro_root/out"

# A machine may run no 32-bit code of Linux, as which Debian's wine is started where there is a
# wine32.
wine=wine
distro_user 30 wine --version >/dev/null 2>&1 || wine=/usr/lib/wine/wine64
as_user() { # seconds, command, where $WINE is that Wine
    limit=$1
    shift
    distro_user "$limit" sh -c 'WINE=$1 && export WINE && shift && exec "$@"' - "$wine" "$@"
}

inside() { # seconds, arguments of wine-estats
    limit=$1
    shift
    as_user "$limit" "/home/user/$name/wine-estats" "$@" >"$distro_tmp/said" 2>&1
    status=$?
    cat "$distro_tmp/said"
    return $status
}

needed=1
check "what unpacks it installs" distro_run 300 apt-get -qq -y install xz-utils
check "libnl and make are taken away" distro_run 120 sh -c 'dpkg --purge --force-depends make $(
    dpkg-query -W -f "\${binary:Package}\n" "libnl-*" | grep -v :all)
    ! ls /usr/lib/*/libnl-* 2>/dev/null'
check "there is no compiler" distro_run 20 sh -c \
    '! command -v cc gcc x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc make'
check "the archive unpacks" distro_user 60 tar -xJf "/out/$name.tar.xz"
needed=
check "its checksums are right" \
    distro_user 60 sh -c 'cd "$1" && sha256sum --quiet -c SHA256SUMS' - \
    "$name"
check "a prefix can be made" as_user 300 sh -c '"$WINE" wineboot -i && wineserver -w'
check "it installs into the prefix" inside 200 install
check "status is content" inside 200 status

bits=64
if ! tools/runs-32bit; then
    echo "SKIP: 32-bit programs: this kernel runs no such code"
elif [ -n "$distro_i386" ]; then
    echo "SKIP: 32-bit programs: this Wine wants a helper of 32-bit code, which the release has not"
elif [ ! -e "$distro_root/home/user/.wine/drive_c/windows/syswow64/ntdll.dll" ]; then
    echo "SKIP: 32-bit programs: this Wine has no DLLs for them"
else
    bits="64 32"
fi
inside 200 check >"$distro_tmp/check"
for b in $bits; do
    check "$b-bit programs have statistics, started by run" \
        grep -q "$b-bit: ok:.*(only with 'wine-estats run')" "$distro_tmp/check"
done
check "without it they have none" sh -c '[ "$1" -eq 3 ]' - "$(
    as_user 120 "$wine" "/home/user/$name/lib/selftest/x86_64/wine-estats-selftest.exe" \
        >/dev/null 2>&1
    echo $?)"
check "tcpestats.exe reaches the host" inside 120 run \
    "/home/user/$name/lib/tcpestats/x86_64/tcpestats.exe" fields Data
check "and says where numbers come from" grep -q DataBytesOut "$distro_tmp/said"
check "it uninstalls" inside 200 uninstall

# No Wine is needed to see whether all that the helper asks for is there.
root=$O/chroot/$old-bare
[ -e "$root.complete" ] || { debootstrap --variant=minbase "$old" "$root" >"$root.log" 2>&1 &&
    touch "$root.complete"; }
if [ -e "$root.complete" ]; then
    mkdir "$distro_tmp/release"
    tar -C "$distro_tmp/release" -xJf "$archive"
    mount -t tmpfs none "$root/mnt" && cp "$distro_tmp/release/$name/$helper" "$root/mnt"
    echo "        glibc $(chroot "$root" ldd --version | sed -n '1s/.* //p') of $old"
    check "all symbols of the helper are found there" chroot "$root" /usr/bin/env LD_BIND_NOW=1 \
        LD_PRELOAD=/mnt/wineestats.so /bin/true
    check "without a word" sh -c '[ -z "$(chroot "$1" ldd -r /mnt/wineestats.so |
        grep -E "undefined|not found")" ]' - "$root"
    umount "$root/mnt"
else
    echo "SKIP: no chroot of $old, see $root.log"
fi
distro_finish
