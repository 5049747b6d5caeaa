#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The binary release: the same bytes each time, whole by its own checksums, with a helper that
# asks for old things only. Unpacked by itself, where libnl and this tree are out of sight and no
# compiler is in PATH, it serves a prefix. tests/distro/check-release.sh does that on a machine of
# its own.

# shellcheck disable=SC2016 # for an inner shell
# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
unset MAKEFLAGS MAKELEVEL MFLAGS

release() {
    make -s "O=$O" release >"$wine_tmp/out" 2>&1
}

libnl=$(pkg-config --variable=libdir libnl-3.0 2>/dev/null)/libnl-route-3.a
[ -e "$libnl" ] || wine_skip "there is no static libnl"
estats_prefix
name=wine-estats-$(cat VERSION)-linux-x86_64
check "make release" release
cp "$O/release/$name.tar.xz" "$wine_tmp/first"
sleep 1
check "once more" env TZ=Asia/Kathmandu sh -c 'umask 027; make -s "O=$O" release >"$0" 2>&1' \
    "$wine_tmp/out"
check "gives the same bytes" cmp "$wine_tmp/first" "$O/release/$name.tar.xz"
check "and a checksum beside" \
    sh -c 'cd "$O/release" && sha256sum --quiet -c "$0.tar.xz.sha256"' "$name"

mkdir "$wine_tmp/unpacked"
check "it unpacks" tar -C "$wine_tmp/unpacked" -xJf "$wine_tmp/first"
here="$wine_tmp/unpacked/$name"
cd "$here" || exit 1
check "into one folder" test "$(ls ..)" = "$name"
check "its files are those of its list of checksums" sh -c 'sha256sum --quiet -c SHA256SUMS &&
    [ "$(find . -type f ! -name SHA256SUMS | wc -l)" -eq "$(wc -l <SHA256SUMS)" ]'
for arch in x86_64 i386; do
    for dll in iphlpapi rasapi32; do
        check "$dll.dll for $arch is in it" test -e "lib/shim/$arch/$dll.dll"
    done
    check "the helper's Windows side for $arch, too" test -e "lib/wine/$arch-windows/wineestats.dll"
done
for file in README LICENSE LICENSE.libnl wine-estats.1; do
    check "$file is there" test -s $file
done
check "no file names the folder that it was built in" sh -c '! grep -rlF "$0" .' "$OLDPWD"
check "nor is a word left to be filled in" sh -c '! grep -n "@[A-Z]*@" README'
glibc=$(sed -n 's/.*glibc \([0-9.]*[0-9]\) or newer.*/\1/p' README)
check "the helper asks for the glibc that README names ($glibc), and no other library" \
    "$OLDPWD/packaging/release/check-helper" lib/wine/x86_64-unix/wineestats.so "$glibc"
check "that is as old as Steam's runtime" test \
    "$(printf '%s\n' "$glibc" 2.31 | sort -V | tail -n 1)" = 2.31
check "a helper that asks for more is refused" sh -c \
    '! "$0/packaging/release/check-helper" lib/wine/x86_64-unix/wineestats.so 2.5 2>"$1"' \
    "$OLDPWD" "$wine_tmp/out"
check "and what it asks for is named" says "needs glibc $glibc: "

# Out of sight: libnl, this tree, all programs but those that it says it needs.
mkdir "$wine_tmp/bin"
for program in sh env cat cp mv rm ln mkdir rmdir ls find sed awk grep tr cut head tail sort uniq \
    dirname basename readlink stat id date sleep cmp dd sha256sum sync flock timeout mktemp xargs \
    iconv wine wineserver wc; do
    path=$(command -v $program) && ln -s "$path" "$wine_tmp/bin/$program"
done
alone() { # arguments of wine-estats
    unshare -m sh -c '
        for lib in /lib/*/libnl-* /usr/lib/*/libnl-*; do
            [ ! -f "$lib" ] || mount --bind /dev/null "$lib" || exit 99
        done
        for dir in "$1/tools" "$1/dlls" "$O/wine" "$O/shim" "$O/marker" "$O/selftest"; do
            mount -t tmpfs none "$dir" || exit 99
        done
        PATH=$2
        shift 2
        exec ./wine-estats "$@"' - "$OLDPWD" "$wine_tmp/bin" "$@" >"$wine_tmp/out" 2>&1
}
if unshare -m true 2>/dev/null; then
    check "no compiler is in sight" sh -c '! ls "$0" | grep -E "^(cc|gcc|make|ld)$"' "$wine_tmp/bin"
    check "it installs into a prefix" alone install
    check "status is content" alone status
    check "and the self-test" alone check
    for bits in 64 $([ "$sides" = system32 ] || echo 32); do
        check "for $bits-bit programs" says "wine-estats: $bits-bit: ok: 5000 bytes sent and 777"
    done
    check "run starts its tcpestats.exe" alone run lib/tcpestats/x86_64/tcpestats.exe fields Data
    check "which reaches the host" says "DataBytesOut"
    check "it uninstalls" alone uninstall
else
    echo "SKIP: without libnl: may not mount here"
fi
finish
