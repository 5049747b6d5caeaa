#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# How connections end in a recording: with their last numbers, those between two looks, too, and how
# they ended; and whose they were.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin
rec=$cli_tmp/rec.jsonl

# Records meanwhile; ends when it is told to, or by itself.
begin() { # arguments of record...
    rm -f "$rec"
    "$cli" record "$rec" "$@" >"$out" 2>"$err" 9>&- &
    pid=$!
    eventually grep -qs '"interval":1,' "$rec"
}
ended() { # how many at least
    [ "$(grep -c '"type":"end"' "$rec")" -ge "$1" ]
}
# Once there are so many ends in it.
end() { # how many
    eventually ended "$1"
    kill -TERM $pid 2>/dev/null
    wait $pid
    check "recording ends well" [ $? = 0 ]
    jq -s . "$rec" >"$out"
}

# Its last look was at the beginning; how much it has sent by its end is known all the same.
cli_pair -r 2000000
begin "$near" "$far" --interval 60
sleep 1
cli_unpair
end 2
json "the kernel tells of ends" '.[0].ends == "events" and .[-1].lost_ends == 0'
json "the end says how, and has the last numbers" '[.[] | select(.type == "end")] | length == 2 and
    all(.[]; .ending == "closed") and any(.[]; .Data_DataBytesOut > 1500000)'
json "and what has not changed is not in it" '[.[] | select(.type == "end")] |
    all(.[]; .SynOpts_ActiveOpen == null and .local == null)'
sent=$(jq '[.[] | .Data_DataBytesOut | numbers] | max' "$out")
run 0 show "$near" Data --from "$rec" --json
json "show has them" '.connections[0] | .ending == "closed" and
    .classes.Data.members.DataBytesOut == $sent' --argjson sent "$sent"
run 0 show "$near" Data --from "$rec"
prints "(has ended: closed)"
run 0 why "$near" "$far" --from "$rec" --json
json "why judges up to the end" 'all(.connections[]; .ended and .ending == "closed" and
    .looks == 2 and .elapsed_ns > 900000000) and any(.connections[]; .numbers.rate_out > 1000000)'
run 0 why "$near" --from "$rec"
prints "(has ended: closed)"
run 0 watch --from "$rec" --json
check "watch has the rate up to then" \
    jq -es '[.[].connections[] | .rate_out // 0] | max > 1000000' "$out"
check "and then it is closed" jq -es 'last | .connections == [] and (.closed | length) == 2' "$out"
run 0 plot "$rec"
prints "; ended: closed"

# Between two looks.
begin --interval 60
"$O/tests/tcpestats/ends" 4 >"$cli_tmp/made"
end 8
json "those that no look could see have begun and ended" '[.[] | select(.id)] | group_by(.id) |
    length == 8 and all(.[]; map(.type) == ["sample", "end"] and .[0].local and .[0].uid == null and
    .[0].processes == null)'
json "with all their numbers" '[.[] | select(.type == "sample")] | all(.[]; .Data_SegsOut > 1) and
    (map(select(.Data_DataBytesOut == 1)) | length == 4)'
run 0 why --from "$rec" --json
json "and are judged by them, never for sure" '(.connections | length) == 8 and
    all(.connections[]; .ended and .looks == 2 and
        (.certainty != "high" or .cause == "idle"))'
run 0 watch --from "$rec" --json --interval 30
check "and are seen once" [ "$(jq -s '[.[].connections[]] | length' "$out")" = 8 ]
begin rport:1 --interval 60
"$O/tests/tcpestats/ends" 1 >"$cli_tmp/made"
sleep 0.3
end 0
json "nothing that was not chosen" 'map(.type) == ["header", "tick", "finish"]'

# Reset; for the kernel that ends when the program closes it, half a second later.
begin --interval 0.1
"$O/tests/tcpestats/ends" -w 500 -r 500 1 >"$cli_tmp/made"
end 2
json "each end is told once, and how" '[.[] | select(.type == "end") | .ending] | sort ==
    ["aborted", "reset"]'
json "of these two and no others" '[.[] | select(.type == "sample") | .id] | unique == [1, 2]'
# A program that does not close it: after some time it is no more all the same.
begin --interval 0.1
"$O/tests/tcpestats/ends" -w 500 -r 60000 1 >"$cli_tmp/made" &
made=$!
end 2
kill $made
wait $made
json "what is not found any more has ended, nobody knows how" '[.[] | select(.type == "end") |
    .ending] | sort == ["aborted", "unknown"]'

# Whose they were.
cli_pair
run 0 record "$rec" --force --count 2 --interval 0.05
for who in "$(id -u)" "$(id -un)"; do
    run 0 list "uid:$who" --from "$rec" --json
    json "list finds those of a user" '.connections | length == 2'
done
run 0 why "uid:$(id -un),rport:${near##*:}" --from "$rec" --json
json "and why does" '.connections | length == 1'
run 2 list uid:4321 --from "$rec"
run 2 why uid:nobody-of-that-name --from "$rec"
run 0 list --json
if jq -e '.connections[0].host.cgroup' "$out" >/dev/null; then
    own=$(jq -r '.connections[0].host.cgroup' "$out")
    run 0 list cgroup:/ --from "$rec" --json
    json "of a control group, too" 'all(.connections[]; .host.cgroup == $own)' --arg own "$own"
    run 2 list "cgroup:/none-of-that-name" --from "$rec"
else
    echo "SKIP: this kernel does not tell control groups"
fi
sed 's/"uid":[0-9]*,//; s/"user":"[^"]*",//; s/"cgroup":"[^"]*",//' "$rec" >"$cli_tmp/old.jsonl"
run 4 list uid:0 --from "$cli_tmp/old.jsonl"
says "does not tell users"
run 4 list cgroup:/ --from "$cli_tmp/old.jsonl"
says "does not tell control groups"
cli_end
