#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# matrix.sh [--keep=DIR] [--cc="NAME..."] [--scenarios="NAME..."] [option of oracle-judge...]
#
# Runs every scenario (or those named) with every congestion control (or those named) over the
# emulated path, and lets the oracle judge all of them together. What the machine does not have is
# skipped by name.

. tests/path/lib.sh
path_root "$@"
path_permitted || path_skip "may not make network namespaces or TUN devices here"

runs=$path_tmp/runs
controls="reno cubic bbr"
scenarios=$("$O/oracle-rig" --list)
while [ $# -gt 0 ]; do
    case $1 in
    --keep=*) runs=${1#*=} ;;
    --cc=*) controls=${1#*=} ;;
    --scenarios=*) scenarios=${1#*=} ;;
    *) break ;;
    esac
    shift
done
mkdir -p "$runs" || exit 1

failed=0
for cc in $controls; do
    # Only root may use what the administrator has not allowed to all.
    if ! grep -qw "$cc" /proc/sys/net/ipv4/tcp_available_congestion_control; then
        echo "SKIP: congestion control $cc is not there"
        continue
    fi
    for scenario in $scenarios; do
        "$O/oracle-rig" --cc="$cc" --relay="$O/path-relay" "$scenario" "$runs/$scenario-$cc" || {
            echo "WRONG    $scenario $cc did not run"
            rm -rf "$runs/$scenario-$cc"
            failed=$((failed + 1))
        }
    done
done
"$O/oracle-judge" "$@" "$runs"/*/ || exit 1
[ "$failed" -eq 0 ]
