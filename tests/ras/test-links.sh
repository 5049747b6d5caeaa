#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Windows programs look at TUN links that carry known bytes, are cleared, go down, come back, are
# renamed and made again; 64- and 32-bit programs and the host's command see the same. What they are
# told is compared with what was sent and with what `ip -s link` says.

. tests/lib/wine.sh
wine_private_sys "$@"
wine_private_net "$@"
. tests/ras/lib.sh
command -v jq >/dev/null || wine_skip "jq is not installed"
which_bits
wine_install >/dev/null
rig_begin
for b in $bits; do
    agent_begin "$b"
done

all_see() { # what, handle, expected
    for b in $bits; do
        check "$b-bit: $1" [ "$(traffic "$b" "$2")" = "$3" ]
    done
}

all_say() { # what, expected, command of the agents...
    for b in $bits; do
        agent "$b" "${@:3}"
        check "$b-bit: $1: $answer" [ "$answer" = "$2" ]
    done
}

all_say "no link, no connection" "" list
rig make tun0
all_say "nor while it is down" "" list
rig up tun0
h=$(handle 64 tun0)
check "a link that is up is a connection" [ -n "$h" ]
all_say "with a name and a device" "$h tun0 vpn TUN" list
all_say "which is connected" "2000 vpn TUN" status "$h"
all_see "nothing yet" "$h" "0 0 0 0"
rig arrive tun0 7 100
rig leave tun0 5 1000
all_see "what was sent and received" "$h" "5000 700 5 7"
all_see "which is what ip says" "$h" "$(ip_traffic tun0)"

for b in $bits; do
    agent "$b" clear "$h"
    check "$b-bit: cleared" [ "$answer" = ok ]
    all_see "from zero for all, after a $b-bit program cleared" "$h" "0 0 0 0"
    rig arrive tun0 2 50
    rig leave tun0 1 60
    all_see "and on from there" "$h" "60 100 1 2"
done
total=$(ip_traffic tun0)
check "while the host's counters go on" [ "$total" = \
    "$((5000 + 60 * $(wc -w <<<"$bits"))) $((700 + 100 * $(wc -w <<<"$bits"))) \
$((5 + $(wc -w <<<"$bits"))) $((7 + 2 * $(wc -w <<<"$bits")))" ]

all_say "hanging up is refused" "error 5" hangup "$h"
all_see "and changes nothing" "$h" "60 100 1 2"

rig down tun0
all_say "down: no connection" "" list
all_say "its handle says so" "2001 vpn TUN" status "$h"
all_see "and keeps its numbers" "$h" "60 100 1 2"
rig up tun0
all_say "up again: the same" "$h tun0 vpn TUN" list
all_see "with the same numbers" "$h" "60 100 1 2"

if [ -n "$wine_own_sys" ]; then
    rig rename tun0 office
    all_say "renamed: the same" "$h office vpn TUN" list
    all_see "with the same numbers" "$h" "60 100 1 2"
    rig rename office tun0
else
    echo "SKIP: no /sys of our own: renaming"
fi

old=$h
rig remove tun0
all_say "gone: no connection" "" list
all_say "its handle is dead" "error 6" get "$old"
all_say "for clearing" "error 6" clear "$old"
all_say "for its state" "error 6" status "$old"
rig make tun0
rig up tun0
rig arrive tun0 1 40
h=$(handle 64 tun0)
check "made again: another handle" [ "$h" != "$old" ]
all_say "the old one stays dead" "error 6" get "$old"
all_see "the new one begins from nothing" "$h" "0 40 0 1"
rig remove tun0

if [ -n "$wine_own_sys" ]; then
    rig make tun5 500
    rig up tun5
    old=$(handle 64 tun5)
    agent 64 clear "$old"
    rig remove tun5
    rig make tun5 500
    rig up tun5
    rig arrive tun5 1 40
    h=$(handle 64 tun5)
    check "made again under its index too: another handle" [ "$h" != "$old" ]
    all_say "the old one stays dead" "error 6" get "$old"
    all_see "the new one begins from nothing" "$h" "0 40 0 1"
    rig remove tun5
fi

# Two at a time, cleared one by one.
rig make a 601
rig make b 602
rig up a
rig up b
rig arrive a 1 100
rig arrive b 2 100
ha=$(handle 64 a) hb=$(handle 64 b)
all_say "in the order of the host's" "$ha a vpn TUN;$hb b vpn TUN" list
agent 64 clear "$ha"
all_see "one is cleared" "$ha" "0 0 0 0"
all_see "the other is not" "$hb" "0 200 0 2"
finish
