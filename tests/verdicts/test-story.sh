#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck source=tests/path/lib.sh disable=SC2086,SC2016 # words are wanted; jq has its own $
#
# What a person does about a slow transfer, with the one of `make demo`: it is recorded, replayed,
# drawn and judged, live, from the recording and from what is remembered, at both ends, by one who
# has a collector and one who has none. The numbers are the relay's, and the words fit the path.

. tests/path/lib.sh
path_root "$@"
path_permitted || path_skip "may not make network namespaces or TUN devices here"
# shellcheck source=tests/lib/collector.sh
. tests/lib/collector.sh
cli=$O/tcpestats
out=$path_tmp/out
# shellcheck source=tests/lib/check.sh
. tests/lib/check.sh
tell_more() {
    cut -c1-500 "$out" | head -n 20
}

run() { # command...: its output in $out; it has to succeed
    check "$*" sh -c 'out=$1 && shift && timeout 120 "$@" >"$out"' sh "$out" "$@"
}
mkdir -m 700 "$path_tmp/with" "$path_tmp/without"
users="without with"
collector_start "$path_tmp/collector" >"$path_tmp/why" || {
    echo "SKIP: with a collector: $(cat "$path_tmp/why")"
    users=without
}
path_pids="$path_pids ${collector_pid:-}"
# Two users of the same connection, each with a memory of his own.
as() { # user: what comes before a command
    collector=
    [ "$1" = without ] || collector=$TCPESTATS_COLLECTOR
    echo "env XDG_RUNTIME_DIR=$path_tmp/$1 TCPESTATS_COLLECTOR=$collector"
}

# 5 Mbit/s, 10 ms each way, room for 128 KiB before the narrow link, one segment of 200 lost.
path_start both:delay=10ms to-right:rate=5000000 to-right:limit=128K \
    "to-right:drop-at=40,200-1000000/200" || exit 1
xfer_start recv $RIGHT -- listen 192.0.2.2 5001 --hold --cc=cubic
xfer_wait recv listening 60 >/dev/null || exit 1
xfer_start send $LEFT -- connect 192.0.2.2 5001 --hold --wait --cc=cubic --send-for=120
xfer_wait send connected 60 >/dev/null || exit 1
for user in $users; do
    $(as $user) $LEFT "$cli" enable port:5001 >"$out"
    $(as $user) $RIGHT "$cli" enable port:5001 >"$out"
done
xfer_tell send start
recorders=
for user in $users; do
    $(as $user) $LEFT "$cli" record "$path_tmp/$user.jsonl" port:5001 --interval 0.05 \
        2>"$path_tmp/$user.err" &
    recorders="$recorders $!"
    _path_await "$path_tmp/$user.jsonl" '"interval":1,' 60
done
sleep 5
for user in $users; do
    $(as $user) $LEFT "$cli" why port:5001 --remembered --json >"$path_tmp/$user.out.json"
    $(as $user) $RIGHT "$cli" why port:5001 --remembered --json >"$path_tmp/$user.in.json"
done
xfer_tell send stop
xfer_wait send report 60 >"$path_tmp/sent" || exit 1
sleep 0.5 # some intervals: the last acknowledgement may have come after the last look
for pid in $recorders; do
    kill -TERM "$pid"
    wait "$pid"
    check "recording ends well" [ $? = 0 ]
done
path_stop

again=$(path_flow to_right .retrans_segs)
check "the path was what it should be" [ "$again" -gt 0 ]
for user in $users; do
    rec=$path_tmp/$user.jsonl
    run "$cli" show port:5001 --json --from "$rec"
    check "$user a collector: what was sent again is what the path saw" jq -e \
        --argjson again "$again" \
        '.connections[0].classes.Path.members.PktsRetrans == $again' "$out"
    check "$user: and what was sent is what the program wrote" jq -e --slurpfile sent \
        "$path_tmp/sent" '.connections[0].classes.Data.members.ThruBytesAcked == $sent[0].written' \
        "$out"
    run "$cli" watch --json --interval 1 --from "$rec"
    check "$user: as fast as the path lets it" jq -es 'map(.connections[0] | .rate_out)[0:4] |
        add / length | . > 150000 and . < 700000' "$out"
    run "$cli" why --json --duration 4 --from "$rec"
    check "$user: the recording says that it was the path" jq -e '.connections[0] |
        (.cause | IN("loss", "queueing")) and .direction == "out" and .numbers.path > 0.6 and
        .numbers.rtt > .numbers.least_rtt and .numbers.least_rtt > 0.02' "$out"
    run "$cli" plot "$rec"
    shown=$(jq -s '[.[] | .Path_PktsRetrans | numbers] | last - first' "$rec")
    check "$user: what was sent again is in the drawing" sh -c \
        'grep -q " $1 segments retransmitted" "$2" && grep -q "^sent again .*x.*x" "$2"' sh \
        "$shown" "$out"
    check "$user: and who held it back" grep -q '^held back by .*pppppppppp' "$out"
    cp "$path_tmp/$user.out.json" "$out"
    check "$user: what is remembered says so, never for sure" jq -e '.connections[0] |
        (.cause | IN("loss", "queueing")) and .direction == "out" and .certainty == "low" and
        .since_ns > 0 and .numbers.path > 0.6' "$out"
    cp "$path_tmp/$user.in.json" "$out"
    check "$user: the receiving end does not claim to know more" jq -e '.connections[0] |
        .direction == "in" and (.cause | IN("cannot-tell", "gaps")) and .certainty != "high"' "$out"
done
if command -v gnuplot >/dev/null; then
    run "$cli" plot "$path_tmp/without.jsonl" -o "$path_tmp/story.svg"
    for words in "Held back by" "Round trip (" "Rate (" "-192.0.2.2:5001"; do
        check "the picture has '$words'" grep -qF -e "$words" "$path_tmp/story.svg"
    done
fi
finish
