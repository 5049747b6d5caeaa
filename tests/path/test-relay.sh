#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The path emulator does what it is told, and its counters agree with the kernel's own: SNMP
# counters of two fresh namespaces with a single connection between them.

. tests/path/lib.sh
path_root "$@"
path_permitted || path_skip "may not make network namespaces or TUN devices here"

failed=0 checks=0

check() { # what, expression for test(1)
    _what=$1
    shift
    checks=$((checks + 1))
    if ! test "$@"; then
        failed=$((failed + 1))
        echo "FAIL: $scene: $_what: $*"
    fi
}

snmp() { # prefix command, counter
    # shellcheck disable=SC2086
    $1 nstat -asz "$2" | awk -v name="$2" '$1 == name { print $2 }'
}

json() { # line, member
    echo "$1" | jq -r ".$2"
}

# transfer ADDRESS BYTES: over the path that runs; sets $sent and $got to the last reports.
transfer() {
    xfer_start recv "$RIGHT" -- listen "$1" 5001 --hold --cc=cubic
    xfer_wait recv listening 5 >/dev/null || exit 1
    xfer_start send "$LEFT" -- connect "$1" 5001 --hold --cc=cubic --send="$2"
    sent=$(xfer_wait send report 30) || exit 1
    got=$(xfer_report recv) || exit 1
    retrans=$(snmp "$LEFT" TcpRetransSegs)
    check "every byte arrives" "$(json "$got" read)" -eq "$2"
    check "the sender counts what it wrote" "$(json "$sent" written)" -eq "$2"
}

# What must hold whatever the path did.
finish() {
    kernel_errors=$(($(snmp "$RIGHT" TcpInErrs) + $(snmp "$RIGHT" IpInHdrErrors)))
    xfer_tell send close
    xfer_tell recv close
    path_stop
    check "no checksum is broken" "$kernel_errors" -eq 0
    needless=$(path_flow to_right .needless)
    check "retransmissions seen are those the kernel made" \
        "$(path_flow to_right .retrans_segs)" -eq "$retrans"
    check "every loss was repaired" "$(path_flow to_right .unrepaired_bytes)" -eq 0
    # shellcheck disable=SC2016 # $queued is jq's
    check "what went in has come out, or is accounted for" "$(path_number \
        '[.to_left, .to_right | .packets + .duplicated - .out_packets - .dropped_limit
            - .dropped_index - .dropped_loss - .dropped_blackout] | add - $queued' \
        --argjson queued "$(path_number .queued)")" -eq 0
    check "no packet was lost on the emulator's own account" \
        "$(path_number '.to_right | .dropped_memory + .write_errors')" -eq 0
}

for address in 192.0.2.2 2001:db8:7::2; do
    scene="drops by index, $address"
    path_start both:delay=5ms to-right:drop-at=20,21,100-1000/100 || exit 1
    transfer "$address" 2000000
    finish
    check "drops" "$(path_number .to_right.dropped_data_index)" -eq 12
    # On a machine that stalls, a timer of the sender's may send something needlessly; the emulator
    # can tell.
    check "each drop is one retransmission" $((retrans - needless)) -eq 12
    check "each drop is repaired" "$(path_flow to_right .repairs)" -eq 12
    check "new bytes" "$(path_flow to_right .new_bytes)" -eq 2000000

    scene="congestion marks, $address"
    path_start both:delay=2ms to-right:ce-at=50-250/50 || exit 1
    $LEFT sysctl -qw net.ipv4.tcp_ecn=1
    transfer "$address" 600000
    case $address in
    *:*) ce=$(snmp "$RIGHT" Ip6InCEPkts) ;;
    *) ce=$(snmp "$RIGHT" IpExtInCEPkts) ;;
    esac
    finish
    check "marks made" "$(path_number .to_right.marked_ce)" -eq 5
    check "marks arrived" "$ce" -eq 5
done

scene="rate"
path_start both:delay=5ms to-right:rate=20M to-right:limit=300K to-right:drop-at=150 || exit 1
transfer 192.0.2.2 12000000
bits=$(json "$sent" send_seconds |
    awk -v bytes=12000000 '{ print int(bytes * 1500 / 1448 * 8 / $1) }')
finish
check "within 5 % below" "$bits" -ge 19000000
check "within 5 % above" "$bits" -le 21000000

scene="tail drops"
path_start both:delay=5ms to-right:rate=10M to-right:limit=20K || exit 1
transfer 192.0.2.2 2000000
finish
check "the full queue drops" "$(path_number .to_right.dropped_data_limit)" -gt 0
check "nothing else does" "$(path_flow to_right .dropped_data)" -eq \
    "$(path_number .to_right.dropped_data_limit)"

scene="duplicates"
path_start both:delay=5ms to-right:rate=50M to-right:dup-at=40,80,120 || exit 1
transfer 192.0.2.2 600000
dsacks=$(snmp "$RIGHT" TcpExtTCPDSACKOldSent)
finish
check "made" "$(path_number .to_right.duplicated)" -eq 3
check "reported by the receiver" "$dsacks" -eq $((3 + needless))
check "and each report seen" "$(path_flow to_left .sacks)" -eq "$dsacks"

scene="reordering"
path_start both:delay=10ms to-right:rate=20M to-right:reorder-by=3ms to-right:reorder-at=40,90 ||
    exit 1
transfer 192.0.2.2 600000
late=$(snmp "$RIGHT" TcpExtTCPOFOQueue)
finish
check "made" "$(path_number .to_right.reordered)" -eq 2
check "seen by the receiver" "$late" -gt 0
# One acknowledgment may stand for several, where the receiver gets what waited at once.
check "who repeats himself" "$(path_flow to_left .dup_acks)" -gt 0
check "no packet lost" "$(path_flow to_right .dropped_data)" -eq 0

scene="black-out and hold"
path_start both:delay=5ms to-right:rate=10M to-right:blackout=300ms+400ms to-left:hold=0s+1ms ||
    exit 1
transfer 192.0.2.2 1000000
timeouts=$(snmp "$LEFT" TcpExtTCPTimeouts)
finish
check "nothing comes through" "$(path_number .to_right.dropped_data_blackout)" -gt 0
check "the sender times out" "$timeouts" -gt 0

scene="random loss"
path_start both:delay=2ms to-right:loss=2% to-right:seed=7 to-left:loss=2% to-left:seed=8 || exit 1
transfer 192.0.2.2 3000000
finish
losses=$(path_number .to_right.dropped_data_loss)
check "about one in fifty (low)" "$losses" -ge 20
check "about one in fifty (high)" "$losses" -le 80

scene="request and response"
path_start both:delay=2ms || exit 1
xfer_start recv "$RIGHT" -- listen 192.0.2.2 5001 --answer --nodelay --hold
xfer_wait recv listening 5 >/dev/null || exit 1
xfer_start send "$LEFT" -- connect 192.0.2.2 5001 --ask=50,300 --nodelay --hold
sent=$(xfer_wait send report 10) || exit 1
got=$(xfer_report recv) || exit 1
retrans=$(snmp "$LEFT" TcpRetransSegs)
check "asked" "$(json "$sent" written)" -eq 15000
check "answered" "$(json "$sent" read)" -eq 15000
check "read by the other side" "$(json "$got" read)" -eq 15000
finish
check "a segment for each" "$(path_flow to_right .new_segs)" -eq 50

scene="settings"
for wrong in delay=10 to-right:delay=10 both:loss=200% both:speed=3 both:drop-at=0 both:hold=1s; do
    "$O/path-relay" "$wrong" >/dev/null 2>&1
    check "$wrong is refused" $? -eq 2
done

echo "$((checks - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
