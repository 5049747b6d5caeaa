#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The guest's first and only process. What it finds goes to the console, in lines that start with @.

/bin/busybox --install -s /bin 2>/dev/null
export PATH=/build:/bin O=/build CK_TIMEOUT_MULTIPLIER=20 HOME=/
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mkdir -p /dev/net
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t securityfs security /sys/kernel/security 2>/dev/null
for module in /build/*.ko; do
    insmod "$module"
done
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
ip link set lo up

# The unit's user, with its capabilities and no others. The shell would take its own setpriv. Under
# systemd the socket is there before; a user who makes it is in the group that it is given to. It
# takes the place of the shell, so that what is started beside is the program itself.
unit_caps=-all,+bpf,+perfmon,+net_admin
as_unit() {
    exec /build/setpriv --reuid=tcpestatsd --regid=tcpestatsd --groups=tcpestats \
        --inh-caps=$unit_caps --ambient-caps=$unit_caps --bounding-set=$unit_caps \
        --no-new-privs "$@"
}

run() { # name, command
    _name=$1
    shift
    "$@" >/tmp/out 2>&1
    echo "@ test $_name $? $(grep -c '^SKIP' /tmp/out)"
    sed "s/^/  $_name: /" /tmp/out
}

# The daemon itself, started as the unit starts it.
daemon() {
    as_unit /build/tcpestatsd/tcpestatsd --socket=/tmp/collector/socket &
    _tries=200
    # A user other than root is believed by himself only.
    until (as_unit /build/tcpestatsd/tcpestatsd --socket=/tmp/collector/socket --status); do
        _tries=$((_tries - 1))
        [ $_tries -gt 0 ] && kill -0 $! || return 1
        sleep 0.2
    done
    kill $!
    wait $!
}

echo "@ version $(uname -v)"
/build/collector/features >/tmp/out 2>&1 ||
    TCPESTATSD_TRACE=1 /build/collector/features 2>&1 | grep -v '^[0-9]*: ' | tail -n 60
sed 's/^/@ /' /tmp/out
[ ! -e /build/fentry ] || /build/fentry 2>&1 | sed 's/^/@ fentry /'
if ! grep -qw only-load /proc/cmdline; then
    mkdir -m 755 /tmp/collector
    chown tcpestatsd /tmp/collector
    run daemon daemon
    for t in /build/collector/test-*; do
        run "${t#/build/collector/test-}" "$t"
    done
    if grep -qw host /proc/cmdline; then
        for t in /build/host/test-*; do
            run "host-${t#/build/host/test-}" "$t"
        done
    fi
fi
echo "@ done"
poweroff -f
