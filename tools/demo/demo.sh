#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make demo: a Windows program's live view of a real TCP transfer beside ss's, and a verdict.
#
#   DEMO_SECONDS=10   how long it is watched
#   DEMO_LOOPBACK=1   do without the emulated path, as where none is permitted
#   DEMO_COLLECTOR=no do without the collector, as where there can be none
#   DEMO_KILL=5       kill the collector after so many seconds
#   DEMO_KEEP=DIR     leave what was recorded there (for verdict.sh)
#   DEMO_TAMPER=...   see verdict.sh

# shellcheck source=tests/lib/wine.sh
. tests/lib/wine.sh
# shellcheck source=tests/path/lib.sh
. tests/path/lib.sh
# shellcheck source=tests/lib/collector.sh
. tests/lib/collector.sh
# A user namespace is of use only to one who may open the device.
[ -n "${DEMO_LOOPBACK:-}" ] || [ ! -w /dev/net/tun ] || path_root "$@"

seconds=${DEMO_SECONDS:-10}
rate=5000000
pace=''
cc=cubic
# Ends slow start early, then 0.5 %: enough to see, little enough to keep the path full.
drops=40,200-1000000/200

collector=absent
collector_pid=

here=$path_tmp/demo
mkdir "$here"

step() {
    printf '* %s\n' "$*"
}

finish() {
    _status=$?
    trap - EXIT
    [ -n "${DEMO_KEEP:-}" ] && mkdir -p "$DEMO_KEEP" && cp "$here"/* "$DEMO_KEEP"/
    (_wine_cleanup)
    _path_cleanup
    exit $_status
}

give_up() {
    echo "demo: $*" >&2
    exit 1
}

# One of our own; another that may run on this machine is left alone.
start_collector() {
    export TCPESTATS_COLLECTOR=
    : >"$path_tmp/why"
    if [ "${DEMO_COLLECTOR:-}" != no ] &&
        collector_start "$path_tmp/collector" >"$path_tmp/why"; then
        collector=there
        path_pids="$path_pids $collector_pid"
        step "a collector is running: its eBPF programs see what sock_diag does not tell"
        return
    fi
    path_pids="$path_pids $collector_pid"
    [ -s "$path_tmp/why" ] || echo "none was wished" >"$path_tmp/why"
    step "NOTE: without a collector: $(cat "$path_tmp/why"). Nobody counts SACKs and" \
        "duplicate ACKs then, and what held the sender back is what single looks can tell."
}

# Is it time to?
kill_collector() { # second
    [ "$collector" = there ] && [ "$1" = "${DEMO_KILL:-}" ] || return 0
    kill -9 "$collector_pid"
    collector=killed
    step "the collector has been killed; the Windows programs go on with what sock_diag tells"
}

# The Windows program, at one end of the path.
windows() { # end, architecture, arguments
    _end=$1
    _exe=$O/windows/$2/tcpestats.exe
    shift 2
    # shellcheck disable=SC2086
    timeout -k 5 60 $_end wine "$_exe" "$@"
}

numbers_windows() { # file
    jq -r '.connections[0].classes |
        [.SndCong.members.CurCwnd, .Path.members.SmoothedRtt, .Path.members.PktsRetrans,
         .Path.members.BytesRetrans, .Data.members.DataBytesOut, .Data.members.ThruBytesAcked,
         .SendBuff.members.CurRetxQueue, .Data.members.SegsOut,
         .Path.members.DupAcksIn, .Path.members.SacksRcvd, .SndCong.members.SndLimTimeCwnd,
         .SndCong.members.SndLimTimeRwin, .SndCong.members.SndLimTimeSnd] |
        map(. // "-") | @tsv' "$1"
}

numbers_ss() {
    # shellcheck disable=SC2086
    $LEFT ss -tinH "src $from" "dst $to" | tr ' ' '\n' | awk -F: '
        { v[$1] = $2 }
        END {
            split(v["retrans"], r, "/")
            split(v["rtt"], rtt, "/")
            printf "%d\t%s\t%d\t%d\t%.0f\t%.0f\t%d\t%d\n-\n-\n-\n-\n-\n",
                   v["cwnd"] * v["mss"], rtt[1], r[2], v["bytes_retrans"], v["bytes_sent"],
                   v["bytes_acked"], v["unacked"] * v["mss"], v["segs_out"]
        }'
}

show_live() { # second
    numbers_windows "$here/live.json" | tr '\t' '\n' >"$here/left"
    numbers_ss | tr '\t' '\n' >"$here/right"
    if [ -t 1 ]; then
        [ "$1" -gt 1 ] && printf '\033[15A'
        printf '\033[2K  %-16s %16s    %-14s %16s\n' "view $1" \
            "Windows program" "" "ss -ti"
        paste "$here/names" "$here/left" "$here/right" | awk -F'\t' '
            { printf "\033[2K  %-16s %16s    %-14s %16s\n", $1, $3, $2, $4 }'
        printf '\033[2K\n'
    else
        paste "$here/names" "$here/left" "$here/right" | awk -F'\t' -v second="$1" '
            NR == 1 { w = "Windows:"; s = "     ss:" }
            NR <= 6 { w = w sprintf(" %s %s", $1, $3); s = s sprintf(" %s %s", $2, $4) }
            NR > 8 { only = only sprintf(" %s %s", $1, $3) }
            END { printf "  %2d  %s\n              %s\n      %s\n", second, w, only, s }'
    fi
}

# ss's names follow tcp_info; it counts a SYN among the bytes acknowledged, and has not the last
# five.
printf '%s\t%s\n' CurCwnd 'cwnd * mss' SmoothedRtt rtt PktsRetrans retrans BytesRetrans \
    bytes_retrans DataBytesOut bytes_sent ThruBytesAcked bytes_acked CurRetxQueue 'unacked * mss' \
    SegsOut segs_out DupAcksIn '' SacksRcvd '' SndLimTimeCwnd '' SndLimTimeRwin '' \
    SndLimTimeSnd '' >"$here/names"

[ -x "$O/path-xfer" ] || give_up "run make first"
command -v jq >/dev/null || give_up "jq is missing (tools/install-deps demo)"

step "making a scratch Wine prefix with our iphlpapi.dll"
arches=x86_64
if [ -d "$O/wine32/i386-windows" ]; then
    arches="x86_64 i386"
    wine_prefix 32
else
    wine_prefix 64
fi
trap finish EXIT
wine_install >"$path_tmp/install.log" 2>&1 || {
    cat "$path_tmp/install.log" >&2
    give_up "installing into the prefix failed"
}
# The server that comes next must live at the sender's end of the path.
wineserver -k 2>/dev/null
wineserver -w 2>/dev/null

if [ -z "${DEMO_LOOPBACK:-}" ] && path_permitted; then
    to=192.0.2.2
    step "making a path between two network namespaces: 5 Mbit/s, 10 ms each way, 0.5 % dropped"
    path_start both:delay=10ms "to-right:rate=$rate" to-right:limit=128K \
        "to-right:drop-at=$drops" ||
        give_up "the path does not come up"
    echo $rate >"$here/rate"
else
    to=127.0.0.1 LEFT='' RIGHT='' pace=--pace=$((rate / 8)) cc=reno
    step "NOTE: no network namespaces or TUN devices here. The transfer goes over loopback, so" \
        "there is no rate and no loss to hold the numbers against; bytes still are."
fi

start_collector

step "starting the transfer"
# shellcheck disable=SC2086
xfer_start recv $RIGHT -- listen $to 0 --hold --cc=$cc
listening=$(xfer_wait recv listening 5) || exit 1
port=$(echo "$listening" | jq -r .local_port)
# shellcheck disable=SC2086
xfer_start send $LEFT -- connect $to "$port" --hold --wait --cc=$cc $pace --send-for=120
connected=$(xfer_wait send connected 5) || exit 1
from=$(echo "$connected" | jq -r '"\(.local):\(.local_port)"')
to=$(echo "$connected" | jq -r '"\(.remote):\(.remote_port)"')

step "the Windows program switches collection on: tcpestats.exe enable $from-$to"
windows "$LEFT" x86_64 enable "$from-$to" >"$here/enable" 2>&1 || {
    cat "$here/enable" >&2
    give_up "the Windows program could not switch collection on"
}
# What it takes the receiver's end is time for the path to fill.
xfer_tell send start
windows "$RIGHT" x86_64 enable "$to-$from" >"$here/enable" 2>&1 || {
    cat "$here/enable" >&2
    give_up "the Windows program could not switch collection on at the receiver"
}

cat <<END

What you see: on the left a Windows program (tcpestats.exe under Wine) that asks Windows' own
GetPerTcpConnectionEStats about the sending connection, on the right ss, which asks Linux. The two
look a moment apart, so while data flows their numbers differ by what happened in between. The last
five are not ss's to tell: what the receiver reported missing, and for how many milliseconds the
path (Cwnd), the receiver (Rwin) or the sending program (Snd) held the transfer back.

END
# One program watches all the time and measures the rate, another looks once a second.
windows "$LEFT" x86_64 watch "$from-$to" --json --count "$seconds" >"$here/watch.json" &
watch=$!
path_pids="$path_pids $watch"
view=0
while kill -0 $watch 2>/dev/null; do
    next=$(($(date +%s%N) + 1000000000))
    view=$((view + 1))
    windows "$LEFT" x86_64 show "$from-$to" --json >"$here/live.json" ||
        give_up "the Windows program failed"
    cat "$here/live.json" >>"$here/looks.json"
    show_live $view
    kill_collector $view
    sleep "$(awk -v ns=$((next - $(date +%s%N))) 'BEGIN { print (ns > 0 ? ns / 1e9 : 0) }')"
done
wait $watch || give_up "the Windows program failed: tcpestats.exe watch"
xfer_tell send stop

step "waiting for the last byte to be acknowledged"
xfer_wait send report 30 >"$here/sent.json" || exit 1
xfer_report recv >"$here/got.json" || exit 1
for arch in $arches; do
    [ "$arch" = i386 ] && bits=32 || bits=
    windows "$LEFT" "$arch" show "$from-$to" --json >"$here/sender$bits.json" ||
        give_up "the Windows program failed ($arch)"
done
windows "$RIGHT" x86_64 show "$to-$from" --json >"$here/receiver.json" ||
    give_up "the Windows program failed at the receiver"
numbers_ss | head -n 1 | cut -f3 >"$here/retrans"
if [ -n "$LEFT" ]; then
    path_stop
    cp "$path_tmp/relay.json" "$here/"
fi
echo "$collector" >"$here/collector"
! collector_blind || : >"$here/blind"
tools/demo/verdict.sh "$here"
