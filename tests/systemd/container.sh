# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154 # from distro/lib.sh
#
# A system with systemd as its first process, in the chroot that tests/distro/lib.sh has opened: all
# namespaces but that of users, and a part of cgroup2, are its own.
#
#   container_boot [command...]   starts it; the command is put before systemd (to take rights away)
#   inside command...             as root in there, outside of any unit
#   inside_as user command...     in a session of that user's, as a login makes one
#   container_stop

container_cgroups=$(sed -n 's|^[^ ]* \([^ ]*\) cgroup2 .*|\1|p' /proc/self/mounts | head -n 1)
container_group=$container_cgroups/tcpestats-check-$$
container_init=

# What is mounted before the first process: the rest it does by itself.
container_start() { # root, command to begin with
    cd "$1" || exit 1
    shift
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup || exit 1
    mount -t tmpfs -o mode=755 tmpfs run
    mount -t tmpfs -o mode=1777 tmpfs tmp
    umount -R -l dev 2>/dev/null
    mount -t tmpfs -o mode=755 tmpfs dev
    for node in null zero full random urandom tty; do
        : >dev/$node
        mount --bind /dev/$node dev/$node
    done
    mkdir -p dev/pts dev/shm mnt
    mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    ip link set lo up
    hostname tcpestats-check
    pivot_root . mnt || exit 1
    umount -l /mnt
    exec env -i container=tcpestats-check PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" \
        /lib/systemd/systemd --log-target=console --show-status=no
}

container_boot() {
    mkdir "$container_group"
    # shellcheck disable=SC2016 # for the inner shells
    (
        echo 0 >"$container_group/cgroup.procs"
        exec unshare -m -p -n -i -u -C -f --kill-child --propagation private \
            sh -c '. "$1"; shift; container_start "$@"' - tests/systemd/container.sh \
            "$distro_root" "$@"
    ) </dev/null >>"$distro_tmp/console" 2>&1 &
    container_shell=$!
    for _ in $(seq 100); do
        container_init=$(pgrep -P $container_shell | head -n 1)
        if [ -n "$container_init" ] && inside systemctl is-system-running 2>/dev/null |
            grep -Eq 'running|degraded'; then
            return 0
        fi
        sleep 0.5
    done
    [ -z "$container_init" ] || inside systemctl list-jobs
    tail -n 20 "$distro_tmp/console"
    return 1
}

inside() {
    timeout -k 5 120 nsenter -t "$container_init" -m -p -n -i -u -C -r -w -- /usr/bin/env -i \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        HOME=/root "$@" </dev/null
}

# Through PAM, and so with /run/user/UID and everything else that logind gives.
inside_as() { # user, command
    _user=$1
    shift
    inside su -l "$_user" -c "$*"
}

container_stop() {
    [ -n "$container_init" ] || return 0
    kill -KILL "$container_init" 2>/dev/null
    wait "$container_shell" 2>/dev/null
    container_init=
    for _ in $(seq 50); do
        find "$container_group" -depth -type d -exec rmdir {} + 2>/dev/null
        [ -d "$container_group" ] || return 0
        sleep 0.1
    done
}
