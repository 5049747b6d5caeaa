#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# initrd.sh KERNEL RELEASE OUT: an initramfs that runs the collector's tests and powers off. KERNEL
# is what fetch.sh made for RELEASE. $O names the build.

set -eu

kernel=$1 release=$2 out=$3
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/run" "$root/build"
cp /bin/busybox "$root/bin/busybox"

# A program and what it is linked with, each in its own place.
put() {
    install -D "$1" "$root/$2"
    ldd "$1" | grep -o '/[^ ]*' | while read -r lib; do
        [ -e "$root/$lib" ] || install -D "$lib" "$root/$lib"
    done
}

# Busybox's own would run its own ip.
put /bin/dash bin/sh
put "$(command -v ip || echo /sbin/ip)" build/ip
put "$O/path-relay" build/path-relay
for program in "$O"/collector/*; do
    case $program in
    *.o | *.d) ;;
    *) put "$program" "build/$(basename "$program")" ;;
    esac
done

# What is not built in: devices. Their dependencies, if any, come first in the list.
modules=
for dir in "$kernel/lib/modules/$release" "$kernel/usr/lib/modules/$release"; do
    [ -d "$dir/kernel" ] && modules=$dir
done
for name in tun veth; do
    file=$(find "$modules" -name "$name.ko*" | head -n 1)
    [ -n "$file" ] || continue
    case $file in
    *.xz) xz -dc "$file" >"$root/build/$name.ko" ;;
    *.zst) zstd -qdc "$file" >"$root/build/$name.ko" ;;
    *) cp "$file" "$root/build/$name.ko" ;;
    esac
done
install -m 755 "$(dirname "$0")/guest-init.sh" "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$out"
