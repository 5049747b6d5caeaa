#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# unpack.sh IMAGE OUT: a kernel as QEMU can load it. One for EFI that unpacks itself ("zboot") is a
# program, with the kernel packed behind a header: at 8 its place, at 12 its length, at 24 how.

set -eu

word() { # offset
    od -An -t u4 -j "$1" -N 4 "$image" | tr -d ' '
}

image=$1
if [ "$(dd "if=$image" bs=1 skip=4 count=4 2>/dev/null)" != zimg ]; then
    cp "$image" "$2"
    exit
fi
case $(dd "if=$image" bs=1 skip=24 count=8 2>/dev/null | tr -d '\0') in
gzip) unpack='gzip -dc' ;;
zstd*) unpack='zstd -dc' ;;
xz*) unpack='xz -dc' ;;
*) exit 1 ;;
esac
tail -c "+$(($(word 8) + 1))" "$image" | head -c "$(word 12)" | $unpack >"$2"
