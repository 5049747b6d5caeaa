#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# initrd.sh KERNEL RELEASE USERLAND OUT: an initramfs that runs the tests and powers off. KERNEL is
# what fetch.sh made for RELEASE, USERLAND what userland.sh made: all libraries are from there, our
# programs are those of the build that $O names.

set -eu

kernel=$1 release=$2 userland=$3 out=$4
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root" # it will be the root of users, too

mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/run" "$root/build" \
    "$root/etc"
echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
echo 'tcpestatsd:x:990:990::/:/bin/sh' >>"$root/etc/passwd"
printf '%s\n' tcpestatsd:x:990: tcpestats:x:991: >>"$root/etc/group"

# A program and what it is linked with: libraries where the loader looks for them.
put() {
    [ ! -e "$root/$2" ] || return 0
    install -D "$1" "$root/$2"
    # One for this machine or another; a static one names none.
    readelf -ld "$1" | sed -n 's/.*interpreter: \([^]]*\)].*/\1/p
        s/.*(NEEDED).*\[\(.*\)].*/\1/p' >"$root/needed"
    # shellcheck disable=SC2013 # words; and the file is written anew meanwhile
    for lib in $(cat "$root/needed"); do
        found=$(find "$userland/usr/lib" "$userland/usr/lib64" -maxdepth 2 -name "${lib##*/}" |
            head -n 1)
        [ -n "$found" ] || {
            echo "initrd.sh: $1 needs $lib" >&2
            exit 1
        }
        case $lib in
        /*) put "$found" "$lib" ;;
        *) put "$found" "usr/lib/$lib" ;;
        esac
    done
}

# Busybox's own would run its own ip.
cp "$userland/bin/busybox" "$root/bin/busybox"
put "$userland/bin/dash" bin/sh
put "$userland/bin/setpriv" build/setpriv
put "$userland/bin/ip" build/ip
put "$userland/sbin/tc" build/tc
put "$O/path-relay" build/path-relay
put "$O/tcpestatsd/tcpestatsd" build/tcpestatsd/tcpestatsd
for program in "$O"/collector/* "$O"/host/test-*; do
    case $program in
    *.o | *.d) ;;
    *) put "$program" "build/${program#"$O/"}" ;;
    esac
done
put "$(find "$userland/usr/lib" -maxdepth 2 -name libgcc_s.so.1 | head -n 1)" \
    usr/lib/libgcc_s.so.1 # which no program names, and pthread_exit() loads
[ ! -e "$O/fentry/collector/features" ] || put "$O/fentry/collector/features" build/fentry
rm -f "$root/needed"

# What is not built in: devices, a queue that drops, and what answers sock_diag. The guest loads
# them in the order of their names, which is that of their dependencies, too.
modules=
for dir in "$kernel/lib/modules/$release" "$kernel/usr/lib/modules/$release"; do
    [ -d "$dir/kernel" ] && modules=$dir
done
for name in tun veth inet_diag tcp_diag sch_tbf; do
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
