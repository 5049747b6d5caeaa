#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The guest's first and only process. What it finds goes to the console, in lines that start with @.

/bin/busybox --install -s /bin 2>/dev/null
export PATH=/build:/bin O=/build CK_TIMEOUT_MULTIPLIER=10
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mkdir -p /dev/net
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t securityfs security /sys/kernel/security 2>/dev/null
for module in /build/*.ko; do
    insmod "$module"
done
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
ip link set lo up

echo "@ version $(uname -v)"
/build/features 2>&1 | sed 's/^/@ /'
tests="life place share counts path poor"
grep -qw only-load /proc/cmdline && tests=
for t in $tests; do
    "/build/test-$t" >/tmp/out 2>&1
    echo "@ test $t $? $(grep -c '^SKIP' /tmp/out)"
    sed "s/^/  $t: /" /tmp/out
done
echo "@ done"
poweroff -f
