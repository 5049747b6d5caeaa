#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tcpestatsd where it lives: its packages installed by apt into a system of $SUITE whose first
# process is systemd, started by its socket, in its whole sandbox. DEBS names a directory of
# packages that were built before. shellcheck disable=SC2016 # for shells inside
set -u
# shellcheck source=tests/distro/lib.sh
. tests/distro/lib.sh
# shellcheck source=tests/systemd/container.sh
. tests/systemd/container.sh
distro_private "$@"
mount -t proc proc /proc # of this namespace, in which the container's first process is found
[ -n "$container_cgroups" ] || distro_skip "cgroup2 is not mounted here"
[ -e /sys/kernel/btf/vmlinux ] || distro_skip "the kernel has no BTF"
suite=${SUITE:-bookworm}
conn=127.0.0.1:7002-127.0.0.1:7001

distro_open "$suite"
if [ -n "${DEBS:-}" ]; then
    debs=$DEBS
else
    DISTRO_AMD64_ONLY=1
    check "the packages are built" distro_build
    [ $failed -eq 0 ] || exit 1
    distro_open "$suite"
fi
cp "$debs"/libtcpestats0_*_amd64.deb "$debs"/tcpestats_*_amd64.deb "$debs"/tcpestatsd_*_amd64.deb \
    "$distro_root/out"
cp tests/systemd/pair.pl "$distro_root/out"
trap 'container_stop; umount -R -l "$distro_tmp/root" 2>/dev/null
    rm -rf --one-file-system "$distro_tmp"' EXIT

needed=1
check "systemd is installed" distro_run 600 apt-get -qq -y install systemd systemd-sysv dbus \
    libpam-systemd iproute2 jq bpftool
distro_run 20 systemctl -q mask systemd-networkd-wait-online.service getty.target \
    console-getty.service systemd-udevd.service systemd-udev-trigger.service
check "it is a system's first process" container_boot
inside systemctl --version | head -n 1
needed=

# What it says comes true within some seconds: it may be starting, and clients are served in turn.
status() { # jq's filter
    for _ in $(seq 60); do
        said=$(inside tcpestatsd --status --json)
        ! echo "$said" | jq -e "$1" >/dev/null || return 0
        sleep 0.2
    done
    echo "$said"
    return 1
}

# The service's state, and the socket's.
state_is() { # service, socket
    for _ in $(seq 100); do
        service=$(inside systemctl is-active tcpestatsd.service)
        socket=$(inside systemctl is-active tcpestatsd.socket)
        [ "$service $socket" != "$1 $2" ] || return 0
        sleep 0.2
    done
    echo "service $service, socket $socket"
    inside systemctl status --no-pager tcpestatsd.service tcpestatsd.socket
    return 1
}

nothing_failed() {
    failed_units=$(inside systemctl list-units --failed --plain --no-legend 'tcpestats*')
    echo "$failed_units"
    [ -z "$failed_units" ]
}

# Who installs the packages has done all that it takes.
check "the packages install by apt" inside sh -c 'apt-get -qq -y install /out/*.deb'
check "the socket listens, and nothing runs" state_is inactive active
inside useradd -m -G tcpestats alice
inside useradd -m bob

inside sh -c 'systemd-run -q --unit=pair perl /out/pair.pl 7001'
sleep 1

# A service that must not reach the network is as it was, with our hooks there, and started after.
walled() { # name
    inside systemd-run -q --unit="$1" -p IPAddressDeny=any -p IPAccounting=yes sleep 1000
    inside systemd-run -q --wait -p IPAddressDeny=any perl -MIO::Socket::INET -e \
        'exit(IO::Socket::INET->new(PeerAddr => "127.0.0.1:7001", Timeout => 2) ? 1 : 0)'
}
check "a service is walled off before there is a hook" walled before

took=
ready_in() { # limit in ms; the time from the first connection to the answer
    _from=$(date +%s%N)
    until inside tcpestatsd --status >/dev/null; do
        [ $((($(date +%s%N) - _from) / 1000000)) -le "$1" ] || return 1
    done
    took=$((($(date +%s%N) - _from) / 1000000))
    echo "$took ms"
    [ $took -le "$1" ]
}
_from=$(date +%s%N)
inside true
entering=$((($(date +%s%N) - _from) / 1000000))
check "root's first question starts it" ready_in 30000
echo "        answered after $took ms, of which $entering for entering the container"
check "and it runs" state_is active active
check "as its own user, in its sandbox" inside sh -c '
    pid=$(systemctl show -P MainPID tcpestatsd.service)
    [ "$(stat -c %U /proc/$pid)" = tcpestatsd ] || [ "$(ps -o user= -p $pid)" = tcpestatsd ]
    grep -q "^NoNewPrivs:.*1" /proc/$pid/status && grep "^Seccomp:.*2" /proc/$pid/status'
check "root enables, and it collects" inside tcpestats enable $conn
check "with hooks of every kind" status '.connections == 1 and .hooks >= 6'
check "a service is walled off where hooks are attached" walled after
check "and those that were before stay so" inside systemctl is-active before.service

read_members() {
    inside tcpestats show --json $conn | jq -c '.connections[0].classes |
        [.Path.members.CountRtt, .Path.members.DupAcksIn, .Path.members.SumRtt,
         .Data.members.DataBytesIn, .Data.members.SegsIn, .SndCong.members.SndLimTimeSnd]'
}

# Polls until so many readings are made, or a counter has gone back.
never_back() { # readings
    last='[0,0,0,0,0,0]'
    for _ in $(seq "$1"); do
        now=$(read_members) || return 1
        if ! echo "[$last,$now]" | jq -e '[.[0], .[1]] | transpose | all(.[0] <= .[1])' \
            >/dev/null; then
            echo "$last, then $now"
            return 1
        fi
        last=$now
    done
    echo "$last"
}

# Something happens to the service while somebody reads.
while_reading() { # command
    never_back 40 >"$distro_tmp/readings" &
    reader=$!
    sleep 1
    inside "$@"
    sleep 2
    if ! wait $reader; then
        cat "$distro_tmp/readings"
        return 1
    fi
    state_is active active
}
check "no counter goes back" never_back 10
check "when it is restarted" while_reading systemctl restart tcpestatsd.service
check "when it is killed" while_reading systemctl kill -s KILL tcpestatsd.service
check "it says since when it counts" sh -c 'nsenter -t '"$container_init"' -a -r -w -- \
    tcpestats show --sources '$conn' Path | grep "counts since"'

check "a member of the group is served" inside_as alice \
    "tcpestats fields Data | grep -q 'Collector: present, rec'"
check "another user is not, without an error" inside_as bob \
    "tcpestats enable $conn Data; tcpestats show $conn Data >/dev/null && tcpestats fields Data |
     grep -q 'Collector: present, but not for this user'"

# Short times, for what follows.
inside sh -c 'mkdir -p /run/systemd/system/tcpestatsd.service.d
    printf "[Service]\nExecStart=\nExecStart=%s --group=tcpestats --idle-exit=2 --lease=6\n" \
        "$(command -v tcpestatsd)" >/run/systemd/system/tcpestatsd.service.d/short.conf
    systemctl daemon-reload && systemctl restart tcpestatsd.service'
check "it ends when nothing is enabled" sh -c '
    nsenter -t '"$container_init"' -a -r -w -- tcpestats disable '$conn
check "by itself" state_is inactive active
check "enabled again in mid-transfer it comes back" inside tcpestats enable $conn
check "and runs" state_is active active
check "and collects" status '.connections == 1'
check "no counter goes back" never_back 10
inside tcpestats disable $conn

alices() { # command: with the classes that she sees as on
    inside_as alice "tcpestats show --json $conn" |
        jq -e "[.connections[0].classes[] | select(.enabled)] | length $1"
}
session_gone() {
    for _ in $(seq 150); do
        inside test -e "/run/user/$(inside id -u alice)" || return 0
        sleep 0.2
    done
    return 1
}
check "alice enables in a session" inside_as alice tcpestats enable $conn
check "and it collects for her" status '.connections == 1'
check "after her last logout her directory is gone" session_gone
check "and it collects for nobody, a lease later" status '.connections == 0'
check "her next session finds all off" alices '== 1'
inside loginctl enable-linger alice
sleep 1
check "with linger she enables" inside_as alice tcpestats enable $conn
sleep 12
check "and finds it on in her next session" alices '> 5'

check "nothing of ours has failed" nothing_failed
# What the kernel keeps of it, by number.
ids() {
    inside sh -c 'pid=$(systemctl show -P MainPID tcpestatsd.service)
        cat /proc/$pid/fdinfo/* 2>/dev/null | sed -n "s/^\(prog\|map\|link\)_id:[^0-9]*/\1 /p"' |
        sort -u
}
inside tcpestats enable $conn
status '.connections == 1 and .hooks >= 6' >/dev/null
before=$(ids)
check "it holds programs, maps and links" sh -c '
    for kind in prog map link; do echo "$1" | grep -q "^$kind " || exit 1; done' - "$before"
check "the packages are purged" inside apt-get -qq -y purge tcpestatsd tcpestats libtcpestats0
left() {
    echo "$before" | while read -r kind id; do
        ! inside bpftool "$kind" show id "$id" 2>/dev/null | grep .
    done
}
inside apt-get -qq clean
sleep 1
nothing() { # command
    what_is_left=$("$@")
    echo "$what_is_left"
    [ -z "$what_is_left" ]
}
check "no program, map or link is left" nothing left
check "no process" nothing inside pgrep -x tcpestatsd
check "no file" nothing inside find /usr /etc /var/lib/systemd /run /sys/fs/bpf \
    -name '*tcpestatsd*' -not -path '/run/systemd/system/*'

# As in most containers: then there is nothing to listen for, and nothing wrong.
container_stop
distro_run 300 sh -c 'apt-get -qq -y install /out/*.deb' >/dev/null 2>&1
check "without the right to use eBPF the system starts" container_boot \
    setpriv --bounding-set -bpf --inh-caps -bpf
check "nobody listens" state_is inactive inactive
check "and nothing has failed" nothing_failed
distro_finish
