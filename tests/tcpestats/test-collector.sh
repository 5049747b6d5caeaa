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
    eventually collector_answers && grep -q "^connections" "$cli_tmp/status"
}
# Or has ended without ever.
collector_answers() {
    "$collector" --status --socket="$cli_tmp/collector" >"$cli_tmp/status" 2>&1 ||
        ! kill -0 $collector_pid 2>/dev/null
}

collector_start() {
    collector_try && return
    [ "$collector" = "$real" ] || return 1
    collector_kill
    collector=$O/collector-daemon/tcpestatsd
    collector_try
}

# A program does not wait long for the collector: on a busy machine it may go on without, once.
eventually_json() { # what, expression, arguments of tcpestats
    eventually_what=$1 eventually_expression=$2
    shift 2
    check "$eventually_what" eventually is_told "$@"
}
is_told() {
    "$cli" "$@" >"$out" 2>"$err" 9>&- &&
        cli_jq "length > 0 and all(.[]; $eventually_expression)"
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
eventually_json "it says that the collector is present" '.collector == "present"' fields --json
json "no member is without a source" 'all(.fields[]; .fidelity != "unavailable")'
[ "$collector" != "$real" ] || json "its features decide what is approximate" \
    '[.fields[] | select(.fidelity == "approximate")] | length >= 19 and length <= 40'
json "both backends tell" '[.fields[].backend] | unique == ["collector", "sock_diag"]'
says_records() { # how many
    run 0 fields
    grep -qF "Collector: present, records of $1 connections out of 4096" "$out"
}
check "it tells how many records there are" eventually says_records 0

cli_pair -n 2 -r 1000000
busy=$(sed -n 3p "$cli_pair_file")
run 0 enable "$busy"
eventually_json "the collector tells what only it can" '.connections[0].classes.Path |
    .members.DupAcksIn == 0 and .sources.DupAcksIn.backend == "collector" and
    .sources.DupAcksIn.fidelity == "exact"' show "$busy" --sources --json
# shellcheck disable=SC2016 # jq's own
json "each number has its source" '.connections[0].classes | all(.[]; . as $class |
    all(.members | to_entries[] | select(.value != null); $class.sources[.key].source != null and
        $class.sources[.key].fidelity != null))'
in_plain_text() {
    run 0 show "$busy" Path --sources
    grep -qE '^ +DupAcksIn +0  count +exact +collector  segments at' "$out"
}
check "in plain text, too" eventually in_plain_text
run 0 show "$busy" Path --json
json "sources only on request" '.connections[0].classes.Path | has("sources") | not'
check "there is one now" eventually says_records 1

# Who held it back, and by whose word.
if [ "$collector" != "$real" ]; then
    echo "SKIP: no eBPF programs here, so no limits"
else
    eventually_json "no approximation" 'all(.connections[].held_back_by; .approximate == false and
        .receiver + .path + .sender == 100)' watch "$busy" --json --count 2 --interval 0.3
    no_sign() {
        run 0 watch "$busy" --count 1 --interval 0.3
        grep -qE ' (path|sender|receiver) [0-9]+%' "$out" && ! grep -q '~' "$out"
    }
    check "without the sign of one" eventually no_sign
fi

# Killed in the middle: the display goes on, nothing goes back, and says what it is.
: >"$cli_tmp/stream"
"$cli" watch "$busy" --json --interval 0.2 >"$cli_tmp/stream" 2>"$err" 9>&- &
watch_pid=$!
lines() { # how many at least
    [ "$(wc -l <"$cli_tmp/stream")" -ge "$1" ]
}
eventually lines 3
collector_kill
then=$(wc -l <"$cli_tmp/stream")
eventually lines $((then + 6))
kill $watch_pid
wait $watch_pid
check "watching ends normally" [ $? = 0 ]
mv "$cli_tmp/stream" "$out"
check "bytes never go back" jq -es '[.[].connections[0].bytes_out] | . == sort' "$out"
check "the rate goes on" jq -es '[.[-4:][].connections[0].rate_out] | add / 4 > 500000' "$out"
check "exact first, approximate then" jq -es \
    '.[1].connections[0].held_back_by.approximate == false and
    .[-1].connections[0].held_back_by.approximate' "$out"
run 0 show "$busy" Path --sources --json
json "what it had told is remembered" '.connections[0].classes.Path |
    .members.DupAcksIn == 0 and .sources.DupAcksIn.backend == "remembered" and
    .sources.DupAcksIn.fidelity == "approximate"'
run 0 fields --json
fields_say absent

# And back again.
collector_start
eventually_json "it tells again" \
    '.connections[0].classes.Path.sources.DupAcksIn.backend == "collector"' \
    show "$busy" Path --sources --json

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
    is_refused() {
        as_nobody fields --json
        cli_jq '.[0].collector == "refused"'
    }
    check "it says that the collector is refused" eventually is_refused
    as_nobody fields
    check "fields works" [ $cli_code = 0 ]
    prints "but not for this user"
    as_nobody show "$busy" Path SynOpts --json
    check "reading works" [ $cli_code = 0 ]
else
    echo "SKIP: cannot become another user"
fi
cli_end
