#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=tests/path/lib.sh
#
# matrix.sh [--keep=DIR] [--cc="NAME..."] [--scenarios="NAME..."] [--turns] [--collector]
#           [judge's option...]
#
# Runs every scenario (or those named) with every congestion control (or those named) over the
# emulated path, and lets the oracle judge all of them together. With --turns each scenario is run
# once, and the congestion controls take turns; with --collector a collector runs meanwhile. What
# the machine does not have is skipped by name.

. tests/path/lib.sh
path_root "$@"
path_permitted || path_skip "may not make network namespaces or TUN devices here"

runs=$path_tmp/runs
controls="reno cubic bbr"
scenarios=$("$O/oracle-rig" --list)
turns=
backend=sock_diag
while [ $# -gt 0 ]; do
    case $1 in
    --keep=*) runs=${1#*=} ;;
    --cc=*) controls=${1#*=} ;;
    --scenarios=*) scenarios=${1#*=} ;;
    --turns) turns=yes ;;
    --collector) backend=collector ;;
    *) break ;;
    esac
    shift
done
mkdir -p "$runs" || exit 1

# Only root may use what the administrator has not allowed to all.
available=
for cc in $controls; do
    if grep -qw "$cc" /proc/sys/net/ipv4/tcp_available_congestion_control; then
        available="$available $cc"
    else
        echo "SKIP: congestion control $cc is not there"
    fi
done
[ -n "$available" ] || exit 77

export TCPESTATS_COLLECTOR=
if [ $backend = collector ]; then
    # shellcheck source=tests/lib/collector.sh
    . tests/lib/collector.sh
    collector_start "$path_tmp" >"$path_tmp/why" || path_skip "$(cat "$path_tmp/why")"
    path_pids="$path_pids $collector_pid"
else
    collector_missed() { echo 0; }
    collector_blind() { false; }
fi

# What the kernel kept from the collector cannot be told from what the collector failed to count:
# such a run is not judged.
run_once() { # scenario, congestion control
    missed=$(collector_missed)
    "$O/oracle-rig" --backend=$backend --cc="$2" --relay="$O/path-relay" "$1" "$runs/$1-$2" &&
        [ "$missed" = "$(collector_missed)" ]
}

# What it hides it does not even count: there one that is judged wrong is run again, and the last
# one is judged.
seems_right() {
    ! collector_blind || "$O/oracle-judge" "$runs/$1-$2" >/dev/null
}

failed=0
run() {
    for try in 1 2 3; do
        if run_once "$1" "$2"; then
            [ $try -eq 3 ] || seems_right "$1" "$2" && return
        fi
        rm -rf "${runs:?}/$1-$2"
    done
    echo "WRONG    $1 $2 did not run"
    failed=$((failed + 1))
}

waiting=$available
for scenario in $scenarios; do
    if [ -n "$turns" ]; then
        next=${waiting# }
        next=${next%% *}
        waiting=${waiting#" $next"}
        [ -n "$waiting" ] || waiting=$available
        run "$scenario" "$next"
    else
        for cc in $available; do
            run "$scenario" "$cc"
        done
    fi
done
"$O/oracle-judge" "$@" "$runs"/*/ || exit 1
[ "$failed" -eq 0 ]
