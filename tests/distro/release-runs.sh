#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The binary release, where one has been made: unpacked by itself, it serves a prefix, 64- and
# 32-bit programs.

# shellcheck source=tests/wine-estats/lib.sh
. tests/wine-estats/lib.sh
wine_private_net "$@"
name=wine-estats-$(cat VERSION)-linux-x86_64
archive=$O/release/$name.tar.xz
[ -e "$archive" ] || wine_skip "there is no $archive; run make release"
estats_prefix
tar -C "$wine_tmp" -xJf "$archive" || exit 1
cd "$wine_tmp/$name" || exit 1

# A 32-bit half of Wine that is 32-bit code wants a helper of that kind, which is not in there.
kinds=x86_64
case $sides in
*syswow64*)
    if [ -e "$O/wine32/i386-unix" ]; then
        echo "SKIP: 32-bit: this Wine wants a helper of 32-bit code, which the release has not"
    else
        kinds="x86_64 i386"
    fi
    ;;
esac

bits() { # architecture
    case $1 in x86_64) echo 64 ;; *) echo 32 ;; esac
}

released() { # arguments of its wine-estats
    timeout -k 5 200 ./wine-estats "$@" >"$wine_tmp/out" 2>&1
}

check "it installs" released install
for arch in $kinds; do
    released check
    check "$arch programs have statistics" says "$(bits "$arch")-bit: ok:"
    check "tcpestats.exe for $arch runs" \
        released run "lib/tcpestats/$arch/tcpestats.exe" fields Data
    check "and reaches the host" says DataBytesOut
done
check "it uninstalls" released uninstall
finish
