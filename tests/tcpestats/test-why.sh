#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What holds connections back, over loopback: words, codes, conditions, and that nothing stays
# switched on. Whether the words are right is for tests/verdicts.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin

classes() { # connection
    "$cli" list "$1" --json 9>&- | jq -c '.connections[0].enabled'
}

# Three pairs, of which the last sends so much a second.
rate=2000000
cli_pair -n 3 -r $rate
busy=$(sed -n 5p "$cli_pair_file")
busy_far=$(sed -n 6p "$cli_pair_file")

run 0 why "$busy" "$busy_far" --json --duration 1
json "both are judged" '(.connections | length) == 2 and .command == "why"'
json "it was watched" 'all(.connections[]; .elapsed_ns > 900000000 and .looks > 5)'
json "the program sets the pace" '.connections[] | select(.direction == "out") |
    .cause == "sender-program" and .numbers.rate_out > 1000000'
json "the other end does not blame anybody" '.connections[] | select(.direction == "in") |
    .cause == "cannot-tell" and .certainty == "none"'
json "there is a sentence, and numbers in units" 'all(.connections[]; (.sentence | length) > 20 and
    .numbers.rtt > 0 and .numbers.rtt < 1000000 and .failed_if == [])'
check "all is off again" [ "$(classes "$busy")" = '[]' ]

"$cli" enable "$busy" Rec >"$out" 9>&-
run 0 why "$busy" --duration 0.5
says "off for 1 connection is off again"
check "what was on stays on" [ "$(classes "$busy")" = '["Rec"]' ]
prints "$busy"
prints "gives too little to send"
prints "What could be done"

# All of them: those that did nothing are counted.
run 0 why --duration 0.5
prints "4 connections were idle"
check "the busy ones are shown" [ "$(grep -c '^127' "$out")" = 2 ]

# Conditions.
run 6 why "$busy" --duration 0.5 --fail-if 'rate_out > 1 kB/s' --fail-if 'rtt > 10 s'
says "$busy: rate_out > 1 kB/s"
check "only the one that holds" [ "$(grep -c 'rtt > 10 s' "$err")" = 0 ]
run 0 why "$busy" --duration 0.5 --fail-if 'rate_out > 1 GB/s'
run 6 why --duration 0.5 --fail-if 'cause = idle'
says "cause = idle"
run 6 why --duration 0.5 --json --fail-if 'cause = idle'
run 6 why "$busy" --duration 0.5 --json --fail-if 'cause != loss'
json "told in JSON" '.connections[0].failed_if == ["cause != loss"] and .error.exit == 6'
run 1 why "$busy" --fail-if 'speed > 3'
says "name of no quantity"
run 1 why "$busy" --fail-if 'rtt > 3'
says "takes a unit"
run 1 list --fail-if 'rtt > 3 ms'
says "belongs to why"

# What is remembered: nothing where all is off, or a part of it.
run 0 why "$busy_far" --remembered --json
json "where nothing was on it cannot tell" '.connections[0] | .cause == "cannot-tell" and
    (.sentence | test("nothing has been switched on")) and .since_ns == null'
check "and switches nothing on" [ "$(classes "$busy_far")" = '[]' ]
"$cli" enable "$busy" Data >"$out" 9>&-
run 0 why "$busy" --remembered
prints "off: SndCong, Path, SendBuff, ObsRec, FineRtt"
run 0 why --remembered
prints "6 connections were idle, or not all classes are on"
sleep 0.5
"$cli" enable "$busy" >"$out" 9>&-
run 0 why "$busy" --remembered
prints "have not been on for the same time"
# All of it since it was switched on, at once, and nothing from before.
"$cli" disable "$busy" >"$out" 9>&-
"$cli" enable "$busy" >"$out" 9>&-
since=$(date +%s)
sleep 1.5
start=$(date +%s%N)
run 0 why "$busy" --remembered --json --fail-if 'rate_out > 1 GB/s'
check "without waiting" [ $(($(date +%s%N) - start)) -lt 2500000000 ]
json "the time since then" '.connections[0] | .elapsed_ns > 1400000000 and
    (.since_ns / 1000000000 - $since | . > -2 and . < 20)' --argjson since "$since"
json "the rate of that time" '.connections[0].numbers.rate_out |
    . > 0.7 * $rate and . < 1.3 * $rate' --argjson rate $rate
json "and a cause, never for sure" '.connections[0] | .cause == "sender-program" and
    .certainty == "low"'
run 0 why "$busy" --remembered
prints "remembered"
prints "gives too little to send"
check "it says since when" grep -qE "s, since [0-9-]+ [0-9:]{8}\$" "$out"
run 1 why --remembered --duration 3
says "nothing is watched"
run 1 list --remembered
says "belongs to why"
"$cli" disable "$busy" >"$out" 9>&-

# What is not there, and what goes meanwhile.
run 2 why 127.0.0.1:1-127.0.0.1:2
run 2 why rport:1 --json
json "a reason" '.error.exit == 2'
is_watched() {
    [ "$(classes "$busy")" != '[]' ]
}
(
    eventually is_watched && sleep 0.5 && kill "$cli_pair_pid"
) 9>&- &
run 0 why "$busy" --json --duration 20
json "judged as far as it got" '.connections[0].ended'
wait "$cli_pair_pid"
cli_pair_pid=
cli_end
