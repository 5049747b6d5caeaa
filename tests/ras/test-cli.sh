#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# `tcpestats links` on the host and its Windows builds under Wine say the same, and what iproute2
# says; also after a Windows program has cleared, and where there is nothing to say.

. tests/lib/wine.sh
wine_private_sys "$@"
wine_private_net "$@"
. tests/ras/lib.sh
command -v jq >/dev/null || wine_skip "jq is not installed"
which_bits
rig_begin
out=$wine_tmp/out

host() { # arguments
    timeout 60 "$O/tcpestats" links "$@" >"$out" 2>"$wine_tmp/err"
}

windows() { # bits, arguments
    local arch=x86_64
    [ "$1" = 64 ] || arch=i386
    shift
    wine_run 60 "$O/windows/$arch/tcpestats.exe" links "$@" >"$wine_tmp/raw" 2>"$wine_tmp/err"
    local code=$?
    tr -d '\r' <"$wine_tmp/raw" >"$out"
    return $code
}

exits() { # code, command...
    "${@:2}"
    [ $? -eq "$1" ]
}

holds() { # a jq expression
    jq -e "$1" "$out" >/dev/null
}

# The same but for the time between the two looks, and for what Windows' structure has no room for.
same() {
    host --json
    jq 'del(.links[].members.ConnectDuration) |
        .links[].members.Bps |= ([., 4294967295] | min)' "$out" >"$wine_tmp/host"
    windows "$1" --json
    jq 'del(.links[].members.ConnectDuration)' "$out" | diff "$wine_tmp/host" -
}

for b in $bits; do
    check "$b-bit, Wine's own DLL: not supported" exits 4 windows "$b"
    check "$b-bit: says what to do" grep -q "'wine-estats install'" "$wine_tmp/err"
done
wine_install >/dev/null
check "host: no link" exits 0 host
check "host: only the headings" [ "$(wc -l <"$out")" = 1 ]
for b in $bits; do
    check "$b-bit: no link" exits 0 windows "$b" --json
    check "$b-bit: an empty list" holds '.links == []'
    check "$b-bit: one that is not there" exits 2 windows "$b" tun0
done

rig make tun0
rig make tun1
rig up tun0
rig up tun1
rig arrive tun0 3 100
rig leave tun0 4 1000
rig arrive tun1 1 60
check "host: links" exits 0 host --json
check "host: two of them" holds '[.links[].name] == ["tun0", "tun1"]'
for link in tun0 tun1; do
    host --json "$link"
    check "host: $link as ip has it" [ "$(jq -r '.links[0].members |
        "\(.BytesXmited) \(.BytesRcved) \(.FramesXmited) \(.FramesRcved)"' "$out")" = \
        "$(ip_traffic "$link")" ]
done
host --json tun0
check "host: as it was sent" holds '.links[0].members |
    [.BytesXmited, .BytesRcved, .FramesXmited, .FramesRcved] == [4000, 300, 4, 3]'
check "host: since its address" holds '.links[0].host.since == "oldest address"'
check "host: what has no source is null" holds '.links[0] |
    .members.TimeoutErr == null and (.unknown.TimeoutErr | length > 0)'
for b in $bits; do
    check "$b-bit: the same as on the host" same "$b"
    windows "$b" tun1
    check "$b-bit: one of them" [ "$(wc -l <"$out")" = 2 ]
    check "$b-bit: each member with its source" windows "$b" -v tun1
    check "$b-bit: among them frames" grep -q 'FramesRcved *1  frames  rx_packets' "$out"
done

# More than 32 bits: the host's command has all of it, Windows' structure the lower half.
rig arrive tun1 65600 65535
host --json tun1
check "host: more than 4 GiB" holds '.links[0].members |
    [.BytesRcved, .FramesRcved] == [4299096060, 65601]'
check "host: as ip has it" [ "$(jq -r '.links[0].members.BytesRcved' "$out")" = \
    "$(ip_traffic tun1 | cut -d' ' -f2)" ]
host tun1
check "host: in the table, too" grep -q ' 4299096060 ' "$out"
for b in $bits; do
    windows "$b" --json tun1
    check "$b-bit: modulo 2^32" holds '.links[0].members |
        [.BytesRcved, .FramesRcved] == [4299096060 - 4294967296, 65601]'
done
rig remove tun1

agent_begin 64
agent 64 clear "$(handle 64 tun0)"
rig arrive tun0 1 50
host --json tun0
check "cleared by a Windows program, the host's command starts anew" holds '.links[0].members |
    [.BytesXmited, .BytesRcved, .FramesXmited, .FramesRcved] == [0, 50, 0, 1]'
for b in $bits; do
    check "$b-bit: the same as on the host" same "$b"
done
finish
