#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The commands with a collector: who tells each number, what stays when it is killed, what it is to
# those whom it does not serve. Where the kernel takes no programs: with a stand-in for them, which
# sees no limits.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin
trap 'collector_kill; cli_cleanup' EXIT

collector_pid=
real=$O/tcpestatsd/tcpestatsd
collector=$real

collector_try() {
    "$collector" --socket="$cli_tmp/collector" >"$cli_tmp/daemon" 2>&1 9>&- &
    collector_pid=$!
    tries=200
    until "$collector" --status --socket="$cli_tmp/collector" >"$cli_tmp/status" 2>&1; do
        kill -0 $collector_pid 2>/dev/null && [ $tries -gt 0 ] || return 1
        tries=$((tries - 1))
        sleep 0.05
    done
}

collector_start() {
    collector_try && return
    [ "$collector" = "$real" ] || return 1
    collector_kill
    collector=$O/collector-daemon/tcpestatsd
    collector_try
}

collector_kill() {
    [ -n "$collector_pid" ] || return 0
    kill -9 "$collector_pid" 2>/dev/null
    wait "$collector_pid" 2>/dev/null
    collector_pid=
}

fields_say() { # state
    json "it says that the collector is $1" ".collector == \"$1\""
}

# None wanted, none there.
export TCPESTATS_COLLECTOR=
run 0 fields --json
fields_say absent
json "sock_diag tells all that is told" 'all(.fields[]; .backend == "sock_diag")'
export TCPESTATS_COLLECTOR="$cli_tmp/collector"
run 0 fields --json
fields_say absent

collector_start || {
    cat "$cli_tmp/daemon"
    cli_skip "no collector can be started here"
}
run 0 fields --json
fields_say present
json "no member is without a source" 'all(.fields[]; .fidelity != "unavailable")'
[ "$collector" != "$real" ] || json "its features decide what is approximate" \
    '[.fields[] | select(.fidelity == "approximate")] | length >= 19 and length <= 40'
json "both backends tell" '[.fields[].backend] | unique == ["collector", "sock_diag"]'
run 0 fields
prints "Collector: present, records of 0 connections out of 4096"

cli_pair -n 2 -r 1000000
busy=$(sed -n 3p "$cli_pair_file")
run 0 enable "$busy"
sleep 0.3
run 0 show "$busy" --sources --json
# shellcheck disable=SC2016 # jq's own
json "each number has its source" '.connections[0].classes | all(.[]; . as $class |
    all(.members | to_entries[] | select(.value != null); $class.sources[.key].source != null and
        $class.sources[.key].fidelity != null))'
json "the collector tells what only it can" '.connections[0].classes.Path |
    .members.DupAcksIn == 0 and .sources.DupAcksIn.backend == "collector" and
    .sources.DupAcksIn.fidelity == "exact"'
run 0 show "$busy" Path --sources
check "in plain text, too" grep -qE '^ +DupAcksIn +0  count +exact +collector  segments at' "$out"
run 0 show "$busy" Path --json
json "sources only on request" '.connections[0].classes.Path | has("sources") | not'
run 0 fields
prints "records of 1 connections out of 4096"

# Who held it back, and by whose word.
if [ "$collector" != "$real" ]; then
    echo "SKIP: no eBPF programs here, so no limits"
else
    run 0 watch "$busy" --json --count 2 --interval 0.3
    json "no approximation" 'all(.connections[].held_back_by; .approximate == false and
        .receiver + .path + .sender == 100)'
    run 0 watch "$busy" --count 1 --interval 0.3
    check "without the sign of one" grep -qE ' (path|sender|receiver) [0-9]+%' "$out"
    check "without the sign of one" sh -c "! grep -q '~' '$out'"
fi

# Killed in the middle: the display goes on, nothing goes back, and says what it is.
: >"$cli_tmp/stream"
"$cli" watch "$busy" --json --count 12 --interval 0.2 >"$cli_tmp/stream" 2>"$err" 9>&- &
watch_pid=$!
tries=100
while [ "$(wc -l <"$cli_tmp/stream")" -lt 3 ] && [ $tries -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.1
done
collector_kill
wait $watch_pid
check "watching ends normally" [ $? = 0 ]
mv "$cli_tmp/stream" "$out"
check "all intervals are there" [ "$(wc -l <"$out")" = 12 ]
check "bytes never go back" jq -es '[.[].connections[0].bytes_out] | . == sort' "$out"
check "the rate goes on" jq -es '.[11].connections[0].rate_out > 500000' "$out"
check "exact first, approximate then" jq -es \
    '.[1].connections[0].held_back_by.approximate == false and
    .[11].connections[0].held_back_by.approximate' "$out"
run 0 show "$busy" Path --sources --json
json "what it had told is remembered" '.connections[0].classes.Path |
    .members.DupAcksIn == 0 and .sources.DupAcksIn.backend == "remembered" and
    .sources.DupAcksIn.fidelity == "approximate"'
run 0 fields --json
fields_say absent

# And back again.
collector_start
run 0 show "$busy" Path --sources --json
json "it tells again" '.connections[0].classes.Path.sources.DupAcksIn.backend == "collector"'

# Not for everybody.
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
    cp "$cli" "$cli_tmp/tcpestats"
    chmod 755 "$cli_tmp" "$cli_tmp/tcpestats"
    chmod 666 "$cli_tmp/collector"
    as_nobody() {
        setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR \
            "$cli_tmp/tcpestats" "$@" >"$out" 2>"$err" 9>&-
        cli_code=$?
    }
    as_nobody fields --json
    check "fields works" [ $cli_code = 0 ]
    fields_say refused
    as_nobody fields
    prints "but not for this user"
    as_nobody show "$busy" Path SynOpts --json
    check "reading works" [ $cli_code = 0 ]
else
    echo "SKIP: cannot become another user"
fi
cli_end
