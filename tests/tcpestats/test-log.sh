#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Lines about connections that ended, in each format; selections; short ones, many, and lost ones.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin

# Somebody in this network hears what sock_diag, protocol 4 of netlink, tells.
hears() {
    awk '$2 == 4 && $4 !~ /^0*$/ { found = 1 } END { exit !found }' /proc/net/netlink
}

# Starts a log, and waits until it listens.
begin_log() { # arguments...
    rm -f "$cli_tmp/log"
    "$cli" log --interval 0.1 "$@" >"$cli_tmp/log" 2>"$err" 9>&- &
    log=$!
    eventually hears
}
lines() {
    [ "$(wc -l <"$cli_tmp/log")" -ge "$1" ]
}

# Waits until there are so many lines, and ends it.
end_log() { # lines
    eventually lines "$1"
    sleep 0.2 # for what should not come
    kill $log
    wait $log
    check "interrupted is a normal end" [ $? = 0 ]
    mv "$cli_tmp/log" "$out"
}

# A pair that was seen alive.
begin_log --json
cli_pair 5000 700
sleep 1.5 # fifteen looks, of which one is enough
cli_unpair
end_log 2
check "a line for each end" [ "$(wc -l <"$out")" = 2 ]
json "each is of a schema" '.schema == "tcpestats/1" and .command == "log" and
    .time_ns / 1000000000 - .time < 1'
tuple='.connections[0] | "\(.local.address):\(.local.port)-\(.remote.address):\(.remote.port)"'
check "of both ends" jq -es --arg a "$near" --arg b "$far" \
    "[.[] | $tuple] | sort == ([\$a, \$b] | sort)" "$out"
check "with what it carried" jq -es --arg a "$near" \
    "any(.[]; ($tuple) == \$a and .connections[0].bytes_acked == 5000)" "$out"
json "whose it was" '.connections[0] | .process == "pair" and .pid > 1 and .uid >= 0'
json "and how long it lasted" '.connections[0] | .seen_alive and .lasted_least > 0.3 and
    .lasted_most < 30 and .lasted_least < .lasted_most'
json "how it ended" '.connections[0].ending | .code == "closed" and .inferred'
json "and a verdict" '.connections[0].verdict | (.cause | length) > 3 and .certainty != "high"'

# Of a few milliseconds: no look can have seen it.
begin_log --csv
cli_pair 100 1 && cli_unpair
end_log 3
check "a heading and two lines" [ "$(wc -l <"$out")" = 3 ]
check "as many values as names" awk -F, 'NR == 1 { n = NF } NF != n { exit 1 }' "$out"
prints '"closed"'
check "the port is in it" grep -q ",${near##*:}," "$out"

# Columns, and selections.
begin_log "port:${near##*:}" process:pair
cli_pair 100 1
sleep 1.5
cli_unpair
end_log 3
prints "HELD BACK BY"
check "those of the process" [ "$(grep -c 'pair(' "$out")" = 2 ]
begin_log rport:1,uid:0
cli_pair 100 1 && cli_unpair
end_log 1
check "of nobody else" [ "$(wc -l <"$out")" = 1 ]

# A count, a duration, bad arguments.
cli_pair 1 1
"$cli" log --count 1 --json >"$out" 2>"$err" 9>&- &
log=$!
eventually hears
kill "$cli_pair_pid"
wait $log
check "a count ends it" [ $? = 0 ]
check "ends after a line" [ "$(wc -l <"$out")" = 1 ]
wait "$cli_pair_pid"
cli_pair_pid=
run 0 log --duration 0.2
run 1 log --csv --json
says "exclude each other"
run 1 log nonsense
run 1 list --csv
says "belongs to log"

# Many, quicker than they can be looked at: each is told, or counted.
begin_log --json
"$O/tests/tcpestats/ends" 3000 >"$cli_tmp/made"
read -r made _ <"$cli_tmp/made"
end_log $((made * 2))
check "none is missing" jq -es --argjson made "$made" \
    '([.[] | .connections // [] | length] | add) + ([.[] | .lost // 0] | add) >= 2 * $made' "$out"
if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
    json "root loses none" '.lost == null'
fi
cli_end
