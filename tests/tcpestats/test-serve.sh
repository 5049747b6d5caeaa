#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tcpestats serve: what it counts, how it says so, and that bad, slow and many clients do no harm.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin
"$cli" serve --listen 127.0.0.1:1 --by nothing >"$out" 2>"$err"
check "--by takes what there is" [ $? = 1 ]
says "--by takes process, cgroup, remote, port or connection"
"$cli" serve --listen 127.0.0.1:0 --by process >"$out" 2>"$err" &
server=$!
eventually [ -s "$err" ]
kill $server 2>/dev/null
wait $server
! grep -q libmicrohttpd "$err" || cli_skip "$(cat "$err")"

# shellcheck disable=SC2317
clean_up() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null
    cli_cleanup
}
trap clean_up EXIT
server=

start() { # arguments...
    "$cli" serve --listen 127.0.0.1:0 "$@" >"$cli_tmp/serve.out" 2>"$cli_tmp/serve.err" 9>&- &
    server=$!
    eventually grep -q 'http://127.0.0.1:[0-9]*/metrics$' "$cli_tmp/serve.err"
    port=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\)/metrics|\1|p' "$cli_tmp/serve.err")
}
stop() {
    kill "$server"
    wait "$server"
    check "SIGTERM is a normal end" [ $? = 0 ]
    server=
}
ask() { # request, its lines ended by \r\n
    # shellcheck disable=SC2016
    timeout 60 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "%b" "$1" >&3 && cat <&3' \
        "$port" "$1" 2>/dev/null 9>&- | tr -d '\r' >"$out"
}
get() { # path, more header lines
    ask "GET $1 HTTP/1.1\r\nHost: here\r\n${2:-}\r\n"
}
status_is() { # number
    check "status $1" grep -q "^HTTP/1.1 $1 " "$out"
}
# Does it say so by now?
has_value() { # series as it is printed, number
    get /metrics "Accept: application/openmetrics-text; version=1.0.0\r\n"
    grep -qxF "$1 $2" "$out"
}
value_is() { # what, series as it is printed, number
    check "$1" [ "$(grep -F "$2 " "$out" | sed 's/.* //')" = "$3" ]
}

# What is well formed: each family once with its type, samples of it below, labels quoted, the
# buckets of a histogram growing.
cat >"$cli_tmp/well-formed" <<'AWK'
function fail(why) { print why ": " $0; bad = 1 }
/^# HELP / { next }
/^# TYPE / {
    if ($3 in seen) fail("a family comes twice")
    seen[$3]; family = $3; type = $4
    next
}
/^# UNIT / {
    if (substr($3, length($3) - length($4) + 1) != $4) fail("the unit is not in the name")
    next
}
/^# EOF$/ { eof = NR; next }
/^#/ { fail("a comment of no meaning") }
{
    if (!match($0, /^[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? [0-9.e+-]+$/))
        fail("no sample")
    name = $0; sub(/[{ ].*/, "", name)
    rest = substr(name, length(family) + 1)
    if (index(name, family) != 1) fail("a sample outside its family")
    else if (type == "counter" && rest != (open ? "_total" : "")) fail("a counter's name")
    else if (type == "gauge" && rest != "") fail("a gauge's name")
    else if (type == "histogram" && rest !~ /^_(bucket|sum|count)$/) fail("a histogram's name")
    if (rest == "_bucket") {
        if ($NF + 0 < last && labels == substr($0, 1, index($0, "le=\""))) fail("a bucket shrinks")
        last = $NF + 0; labels = substr($0, 1, index($0, "le=\""))
    }
}
END { if (open && eof != NR) { print "no EOF at the end"; bad = 1 } exit bad }
AWK
well_formed() { # open: 0 or 1
    sed '1,/^$/d' "$out" >"$cli_tmp/body"
    check "what is served is well formed" awk -v open="$1" -f "$cli_tmp/well-formed" "$cli_tmp/body"
    if command -v promtool >/dev/null; then
        [ "$1" = 1 ] || check "promtool is content" promtool check metrics <"$cli_tmp/body"
    else
        echo "SKIP: no promtool to check that"
    fi
}

# ---- What it counts ----

cli_pair -n 2 1000 50
old=${near##*:}
start --by port --interval 60
get /metrics
status_is 200
well_formed 0
value_is "what lives is counted" "tcpestats_connections{port=\"$old\"}" 4
value_is "bytes count from the start on" "tcpestats_sent_bytes_total{port=\"$old\"}" 0
cli_unpair
# As short as they can be: no look has seen them.
cli_pair -n 3 1000 50
new=${near##*:}
cli_unpair
eventually has_value "tcpestats_connections_ended_total{port=\"$new\",ending=\"closed\"}" 6
status_is 200
check "OpenMetrics where that is wanted" \
    grep -q "^Content-Type: application/openmetrics-text; version=1.0.0" "$out"
well_formed 1
value_is "every byte of short connections" "tcpestats_sent_bytes_total{port=\"$new\"}" 3150
value_is "either way" "tcpestats_received_bytes_total{port=\"$new\"}" 3150
value_is "their ends" "tcpestats_connections_ended_total{port=\"$new\",ending=\"closed\"}" 6
value_is "none of them lives" "tcpestats_connections{port=\"$new\"}" 0
value_is "of those that were there the end only" "tcpestats_sent_bytes_total{port=\"$old\"}" 0
value_is "which is counted" "tcpestats_connections_ended_total{port=\"$old\",ending=\"closed\"}" 4
value_is "round trips in a histogram" "tcpestats_min_rtt_seconds_count{port=\"$new\"}" 6
value_is "shares of what was sent again" \
    "tcpestats_retransmitted_ratio_bucket{port=\"$new\",le=\"0.0\"}" 6
value_is "durations" "tcpestats_duration_seconds_count{port=\"$new\"}" 6
check "verdicts" grep -q "^tcpestats_verdicts_total{port=\"$new\",cause=" "$out"
value_is "nothing was lost" "tcpestats_lost_ends_total" 0
stop

# A program that gives too little to send is named as what holds its connection back.
cli_pair -r 2000000
start --by process --interval 0.1 "port:${near##*:}"
sleep 2
cli_unpair
eventually has_value 'tcpestats_connections_ended_total{process="pair",ending="closed"}' 2
# How sure it is is a matter of how often there was time to look.
check "a verdict" grep -qE \
    '^tcpestats_verdicts_total\{process="pair",cause="sender-program",certainty="(high|low)"\} 1$' \
    "$out"
check "a selection leaves others out" sh -c "! grep -q 'process=\"unknown\"' '$out'"
stop

# Names that somebody gave: as many series as are allowed, and nothing breaks out of a label.
cp "$O/tests/tcpestats/pair" "$cli_tmp/a\"} 1 b\\"
cli_pair_program="$cli_tmp/a\"} 1 b\\"
cli_pair
cli_pair_program=
start --by process,connection
get /metrics
well_formed 0
prints 'process="a\"} 1 b\\",connection='
stop
cli_unpair

# ---- Requests ----

start
get /
status_is 200
prints "/metrics"
get /nothing
status_is 404
ask "HEAD /metrics HTTP/1.1\r\nHost: here\r\n\r\n"
status_is 200
check "HEAD has no body" sh -c "! grep -q '^tcpestats_' '$out'"
ask "POST /metrics HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody"
status_is 405
ask "garbage\r\n\r\n"
check "garbage is not served" sh -c "! grep -q ' 200 ' '$out'"
ask "GET /metrics HTTP/1.1\r\nX: $(head -c 100000 /dev/zero | tr '\0' x)\r\n\r\n"
check "nor is a huge header" sh -c "! grep -q ' 200 ' '$out'"
get /metrics
status_is 200
# Clients that say nothing take all places, but not for long.
# shellcheck disable=SC2016
bash -c 'for i in $(seq 20 59); do eval "exec $i<>/dev/tcp/127.0.0.1/$0"; done; : >"$1"
    exec sleep 60' "$port" "$cli_tmp/crowd" 2>/dev/null 9>&- &
crowd=$!
eventually [ -e "$cli_tmp/crowd" ]
get /metrics
kill $crowd
wait $crowd 2>/dev/null
status_is 200
check "it takes no other's port" [ "$(
    "$cli" serve --listen "127.0.0.1:$port" >"$out" 2>"$err"
    echo $?
)" = 5 ]
says "127.0.0.1:$port is in use"
stop

# ---- What it says when it cannot ----

run 1 serve --listen nowhere
says "--listen takes ADDRESS:PORT"
run 1 serve --listen 127.0.0.1:65536
run 1 list --listen 127.0.0.1:1
says "--listen belongs to serve"
run 5 serve --listen 192.0.2.1:9956
says "no address to listen on"
run 1 serve --listen 1:2 --json
json "in JSON, too" '.command == "serve" and .error.exit == 1'
library=$(ldconfig -p 2>/dev/null | sed -n 's/.*libmicrohttpd.so.12 .*=> //p' | head -n 1)
# shellcheck disable=SC2016
if [ -n "$library" ] && unshare -m sh -c 'mount --bind /dev/null "$0"' "$library" 2>/dev/null; then
    unshare -m sh -c 'mount --bind /dev/null "$0" && exec "$1" serve' "$library" "$cli" \
        >"$out" 2>"$err"
    check "without the library it is not supported" [ $? = 4 ]
    says "serve needs libmicrohttpd"
else
    echo "SKIP: may not hide the library"
fi
cli_end
