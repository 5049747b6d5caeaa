#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The emulated machine's first process: from the initramfs, and then once more from the disk, where
# it runs /out/run. What that says goes to the console, in lines that start with @.

if [ "${1:-}" != again ]; then
    b=/bin/busybox
    $b mount -t devtmpfs dev /dev
    for module in /modules/*.ko; do
        $b insmod "$module"
    done
    $b mount -t ext4 /dev/vda /root && $b cp /init /root/out/init && $b cp /bin/busybox /root/out
    exec $b switch_root /root /out/busybox sh /out/init again
fi

PATH=/usr/sbin:/usr/bin:/sbin:/bin
b=/out/busybox
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /dev/net
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
ln -sfn /proc/self/fd /dev/fd
$b ip link set lo up
: >/out/said
env -i PATH=$PATH LC_ALL=C.UTF-8 HOME=/root O=/src/build /out/run >/out/said 2>&1 &
pid=$!
echo # what the firmware wrote ends in no newline
# sed would keep the last line until it knew that it is the last.
$b tail -f -n +1 /out/said | while IFS= read -r line; do printf '@ %s\n' "$line"; done &
wait $pid
echo $? >/out/status
sleep 2 # tail looks once a second
sync
mount -o remount,ro / 2>/dev/null
sync
$b poweroff -f
