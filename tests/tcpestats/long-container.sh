#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A container as podman and docker make one: namespaces of its own of every kind, a Debian of its
# own, and the collector's directory mounted into it. What docs/collector.md says of containers,
# run. shellcheck disable=SC2016 # for a shell inside

. tests/tcpestats/lib.sh
[ "$(id -u)" -eq 0 ] || cli_skip "only root can make a container"
command -v debootstrap >/dev/null || cli_skip "debootstrap is not installed"
[ -x "$O/tcpestatsd/tcpestatsd" ] || cli_skip "the collector is not built here"

# The image, once, as long as there is a way to the archive.
image=$O/container
if [ ! -e "$image.complete" ]; then
    rm -rf --one-file-system "$image"
    debootstrap --variant=minbase --include=libnl-3-200,libnl-route-3-200 bookworm \
        "$image" >"$image.log" 2>&1 || cli_skip "no image, see $image.log"
    : >"$image.complete"
fi

cli_private_net "$@"
cli_begin
container=
trap 'container_end; collector_kill; cli_cleanup' EXIT

# The host's collector, in a directory as systemd makes it.
mkdir "$cli_tmp/tcpestatsd"
chmod 755 "$cli_tmp" "$cli_tmp/tcpestatsd"
export TCPESTATS_COLLECTOR="$cli_tmp/tcpestatsd/socket"
"$O/tcpestatsd/tcpestatsd" --socket="$TCPESTATS_COLLECTOR" >"$cli_tmp/daemon" 2>&1 &
collector_pid=$!
collector_kill() {
    kill "$collector_pid" 2>/dev/null
    wait "$collector_pid" 2>/dev/null
}
tries=1200
until "$O/tcpestatsd/tcpestatsd" --status --socket="$TCPESTATS_COLLECTOR" >/dev/null 2>&1; do
    kill -0 $collector_pid 2>/dev/null && [ $tries -gt 0 ] ||
        cli_skip "no collector can be started here: $(tail -n 1 "$cli_tmp/daemon")"
    tries=$((tries - 1))
    sleep 0.05
done

# What `podman run -v /run/tcpestatsd:/run/tcpestatsd` does: the container's first process is a pair
# of sockets that has sent so many bytes.
container_start() { # bytes, options of unshare
    bytes=$1
    shift
    mkdir -p "$cli_tmp/root"
    mkfifo "$cli_tmp/fifo-$bytes"
    unshare --mount --uts --ipc --net --pid --cgroup --time --fork --kill-child "$@" -- sh -ec '
        root=$1 image=$2 host=$3 bytes=$4 tmp=$5
        mount --make-rprivate /
        hostname container
        ip link set lo up
        mount -t tmpfs tmpfs "$root"
        mkdir "$root/upper" "$root/work" "$root/all"
        mount -t overlay overlay "$root/all" \
            -o "lowerdir=$image,upperdir=$root/upper,workdir=$root/work"
        cd "$root/all"
        mkdir -p run/tcpestatsd old
        mount --bind "$tmp/tcpestatsd" run/tcpestatsd
        mount -t tmpfs tmpfs tmp
        cp "$host/tcpestats" "$host/tests/tcpestats/pair" usr/local/bin
        mount -t proc proc proc
        pivot_root . old
        cd /
        umount -l old
        exec pair -p 7001 "$bytes" >/tmp/tuples' - \
        "$cli_tmp/root" "$image" "$O" "$bytes" "$cli_tmp" <"$cli_tmp/fifo-$bytes" \
        >"$cli_tmp/container.log" 2>&1 9>&- &
    outer=$!
    exec 9>"$cli_tmp/fifo-$bytes"
    tries=1200
    container=
    while [ $tries -gt 0 ]; do
        container=$(cat /proc/$outer/task/$outer/children 2>/dev/null)
        container=${container% }
        [ -n "$container" ] && [ -s "/proc/$container/root/tmp/tuples" ] && break
        tries=$((tries - 1))
        sleep 0.05
    done
    sleep 0.1
}

container_end() {
    exec 9>&-
    [ -z "$container" ] || wait "$outer" 2>/dev/null
    container=
}

inside() { # command
    nsenter -a -t "$container" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin "$@"
}

near=127.0.0.1:7002-127.0.0.1:7001
by_collector='.connections[0].classes.Path | .members.DupAcksIn != null and
    .sources.DupAcksIn.backend == "collector"'

# What both sides see, where the container's first process has sent so many bytes.
see_both() { # what it is, bytes, options of unshare
    kind=$1
    bytes=$2
    shift 2
    container_start "$bytes" "$@"
    check "$kind has a name of its own" [ "$(inside hostname)" = container ]
    check "$kind has processes of its own" [ "$(inside cat /proc/1/comm)" = pair ]
    inside tcpestats list >"$out" 2>"$err"
    prints "$near  ESTABLISHED"
    inside tcpestats enable $near Path Data >"$out" 2>"$err"
    check "$kind may enable" [ $? -eq 0 ]
    inside tcpestats fields --json >"$out"
    json "$kind finds the host's collector" '.collector == "present"'
    inside tcpestats show $near Path --sources --json >"$out"
    json "$kind is told what only that can tell" "$by_collector"
    check "the collector keeps a record for it" sh -c "
        '$O/tcpestatsd/tcpestatsd' --status --socket='$TCPESTATS_COLLECTOR' >'$out' &&
            grep -Eq '^connections +1 of ' '$out'"
    run 0 list -N "$container"
    prints "$near  ESTABLISHED"
    run 0 enable -N "$container" $near Path Data
    run 0 show -N "$container" $near Data Path --sources --json
    json "the host reads it" ".connections[0].classes.Data.members.DataBytesOut == $bytes"
    json "from the same record" "$by_collector"
    container_end
    tries=600
    until "$O/tcpestatsd/tcpestatsd" --status --socket="$TCPESTATS_COLLECTOR" |
        grep -Eq '^connections +0 of '; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || break
        sleep 0.1
    done
}

see_both "a container" 1000
see_both "one with a user namespace" 2000 --user --map-root-user

cli_end
