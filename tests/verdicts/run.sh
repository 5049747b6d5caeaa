#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=tests/path/lib.sh
#
# run.sh CAUSE STRENGTH CONTROL 4|6 BACKEND [KEEP]: makes one case of tests/verdicts/cases on a path
# of its own, asks `tcpestats why` at both ends, and prints a line for each:
#
#   CAUSE STRENGTH CONTROL 4|6 BACKEND out|in WORD CERTAINTY
#
# BACKEND is told only: with "collector", TCPESTATS_COLLECTOR names the one that runs. KEEP is a
# directory for what was said.

. tests/path/lib.sh
path_root "$@"
cause=$1 strength=$2 cc=$3 family=$4 backend=$5 keep=${6:-}
: "${SECONDS_WATCHED:=4}"

line=$(grep "^$cause $strength |" tests/verdicts/cases)
settings=$(echo "$line" | cut -d'|' -f2)
sender=$(echo "$line" | cut -d'|' -f3)
receiver=$(echo "$line" | cut -d'|' -f4)
case $family in
4) address=192.0.2.2 ;;
6) address=2001:db8:7::2 ;;
esac
mkdir -m 700 "$path_tmp/run"
export XDG_RUNTIME_DIR="$path_tmp/run"

# shellcheck disable=SC2086 # words are wanted
path_start $settings || exit 1
case $sender in
*ecn*)
    for end in "$LEFT" "$RIGHT"; do
        $end sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_ecn'
    done
    sender=$(echo "$sender" | sed 's/ecn//')
    ;;
esac
# shellcheck disable=SC2086
{
    xfer_start receiver $RIGHT -- listen $address 5001 --cc="$cc" --hold $receiver
    xfer_wait receiver listening 10 >/dev/null || exit 1
    xfer_start sender $LEFT -- connect $address 5001 --cc="$cc" --send-for=60 --hold $sender
    xfer_wait sender connected 10 >/dev/null || exit 1
}
sleep 1.2
$LEFT "$O/tcpestats" why port:5001 --json --duration "$SECONDS_WATCHED" \
    >"$path_tmp/out.json" 2>"$path_tmp/out.err" &
left=$!
$RIGHT "$O/tcpestats" why port:5001 --json --duration "$SECONDS_WATCHED" \
    >"$path_tmp/in.json" 2>"$path_tmp/in.err" &
right=$!
wait $left && wait $right || {
    cat "$path_tmp"/*.err >&2
    exit 1
}
for end in out in; do
    jq -r --arg e $end '.connections[0][$e] | "\(.cause) \(.certainty)"' "$path_tmp/$end.json" |
        sed "s/^/$cause $strength $cc $family $backend $end /"
    [ -z "$keep" ] || cp "$path_tmp/$end.json" \
        "$keep/$cause-$strength-$cc-$family-$backend-$end.json"
done
