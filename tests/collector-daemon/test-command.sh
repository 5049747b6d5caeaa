#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The daemon as people and service managers start it: options, --status, what it refuses.

O=${O:-build}
daemon=${TCPESTATSD:-$O/collector-daemon/tcpestatsd}
scratch=$(mktemp -d) || exit 1
chmod 755 "$scratch"
pid=
trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
passed=0 failed=0

# says STATUS PATTERN ARG...: it ends with this status and says something like this.
says() {
    status=$1 pattern=$2
    shift 2
    timeout 60 "$daemon" "$@" >"$scratch/out" 2>&1 </dev/null
    is=$?
    [ $is -eq "$status" ] && grep -q -- "$pattern" "$scratch/out"
}

must() { # the same: so it has to be
    if says "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        shift 2
        echo "FAILED: tcpestatsd $*: exit status $is, not $status; '$pattern' in:"
        cat "$scratch/out"
    fi
}

# So it has to be soon: who has asked before may not have left yet.
must_become() {
    for _ in $(seq 300); do
        ! says "$@" || break
        sleep 0.2
    done
    must "$@"
}

must 0 '--idle-exit=SECONDS' --help
must 0 "tcpestatsd $(cat VERSION)" --version
must 2 "no option '--recordz=5'" --recordz=5
must 2 "no option '-x'" -x
must 2 '--records takes another number' --records=0
must 2 '--records takes another number' --records=65537
must 2 '--records takes another number' --records=12x
must 2 '--quota takes another number' --quota=-1
must 2 '--socket takes a value' --socket
must 2 'takes no such value' --status=yes
must 1 'No such file' --status --socket="$scratch/none"
if [ "$(id -u)" -ne 0 ]; then
    echo "SKIP: the daemon is started as root"
    exit $((failed > 0))
fi
must 1 'File name too long' --socket="/$(printf '%0200d' 0)"
must 1 'no-such-user: No such file' --user=no-such-user --socket="$scratch/a/socket"
must 1 'Not a directory' --socket=/dev/null/socket
must 1 '--cgroup=/proc: that is no directory of cgroup2' --cgroup=/proc --socket="$scratch/a/socket"
must 1 '--cgroup=/none: that is no directory of cgroup2' --cgroup=/none --socket="$scratch/a/socket"

# What is no socket is somebody's, and stays.
mkdir "$scratch/d"
echo precious >"$scratch/d/file"
ln -s file "$scratch/d/link"
mkfifo "$scratch/d/fifo"
for name in file link fifo; do
    must 1 'Address already in use' --socket="$scratch/d/$name"
done
if [ "$(cat "$scratch/d/file")" = precious ] && [ -L "$scratch/d/link" ] &&
    [ -p "$scratch/d/fifo" ]; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "FAILED: something was removed that is no socket:"
    ls -l "$scratch/d"
fi

# Not one listening seqpacket socket: better not to start than to listen in the wrong place.
# shellcheck disable=SC2016 # for the inner shell
LISTEN_FDS=1 sh -c 'export LISTEN_PID=$$; exec timeout 20 "$@" 3</dev/null' x \
    sh -c 'LISTEN_PID=$$ exec "$@"' x "$daemon" --socket="$scratch/b/socket" >"$scratch/out" 2>&1
if [ $? -eq 1 ] && grep -q 'started with: Invalid argument' "$scratch/out"; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "FAILED: started with a file as its socket:"
    cat "$scratch/out"
fi

MOCK_LOST=3 "$daemon" --socket="$scratch/c/socket" --records=100 >"$scratch/log" 2>&1 </dev/null &
pid=$!
must_become 0 '^connections  *0 of 100$' --status --socket="$scratch/c/socket"
must 0 '^hooks attached  *0$' --status --socket="$scratch/c/socket"
# The stand-in pretends; the real programs have had no chance yet.
case $daemon in
*collector-daemon*) lost="3 to the kernel's guard, 6 to busy records" ;;
*) lost="0 to the kernel's guard, 0 to busy records" ;;
esac
must 0 "^events lost  *$lost\$" --status --socket="$scratch/c/socket"
must 0 '^can collect .*tcp_probe' --status --socket="$scratch/c/socket"
must_become 0 '"records":100,"clients":1,.*"tcp_probe",.*"records_protected":' --status --json \
    --socket="$scratch/c/socket"
if command -v jq >/dev/null; then
    if "$daemon" --status --json --socket="$scratch/c/socket" |
        jq -e '.connections == 0 and (.features | index("headers")) and .uptime >= 0' \
            >/dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: --status --json is not JSON"
    fi
else
    echo "SKIP: jq is not installed"
fi

# What the machine says of BPF, made up: with_bpf NUMBER ARG...
with_bpf() {
    echo "$1" >"$scratch/bpf"
    shift
    # shellcheck disable=SC2016 # for the inner shell
    unshare -m sh -c 'mount --bind "$1" /proc/sys/kernel/unprivileged_bpf_disabled &&
        shift && exec "$@"' x "$scratch/bpf" "$daemon" --status --socket="$scratch/c/socket" "$@"
}
for number in 0 1 2; do
    said=$(with_bpf $number | grep -c 'NOT PROTECTED')
    protected=$(with_bpf $number --json | grep -c '"records_protected":true')
    if [ "$said$protected" = "$([ $number = 0 ] && echo 10 || echo 01)" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: kernel.unprivileged_bpf_disabled is $number, and --status says otherwise"
    fi
done
# A second one does not take the first one's place.
must 1 'Address already in use' --socket="$scratch/c/socket"
must_become 0 '^clients  *1$' --status --socket="$scratch/c/socket"
[ "$(stat -c %a "$scratch/c/socket")" = 600 ] || {
    echo "SKIP: there is a group tcpestats, so its socket is not root's alone"
}
kill -TERM $pid
if wait $pid; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "FAILED: it did not end well"
fi
pid=
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
