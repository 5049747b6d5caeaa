#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Recordings: what is in them, that they say what the system said, and what becomes of those that
# are cut off, damaged, of another version, or that the disk has no room for.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin
rec=$cli_tmp/rec.jsonl

members() { # class of the first connection of what show printed
    jq -S ".connections[0].classes.$1.members" "$out"
}

rate=2000000
cli_pair -n 3 -r $rate
busy=$(sed -n 5p "$cli_pair_file")

# What stands in it.
run 0 record "$rec" "$busy" "$near" --interval 0.05 --duration 1.5
check "it says how much" grep -qE "2 connections, [0-9]+ intervals, [0-9]+ bytes in $rec\$" "$err"
says "had been off for 2 connections and are off again"
check "nothing is on any more" [ "$("$cli" list "$busy" --json 9>&- |
    jq -c '.connections[0].enabled')" = '[]' ]
jq -s . "$rec" >"$out"
json "each line is an object of a type" 'all(.[]; .type | IN("header", "sample", "tick", "end",
    "finish"))'
json "the header comes first" '.[0] | .type == "header" and .schema == "tcpestats-recording/1" and
    .interval_ns == 50000000 and .started_ns > 1600000000000000000'
json "with unit, fidelity and source of every member" '.[0].members | length == 108 and
    .Path_PktsRetrans.unit == "segments" and .Path_PktsRetrans.fidelity == "exact" and
    .Path_PktsRetrans.source == "tcpi_total_retrans"'
json "the last line says how it ended" '.[-1] | .type == "finish" and .why == "complete"'
json "no interval is missing, but for those that are told" '
    ([.[] | .interval | numbers] | unique) as $all | .[-1].late + ($all | length) == 31 and
    $all == [range(1; ($all | length) + 1)]'
json "time goes on" '[.[] | .time_ns | numbers] as $t | all(range(1; $t | length);
    $t[.] >= $t[. - 1]) and $t[-1] >= 1500000000'
json "a connection begins with all there is" '[.[] | select(.id == 1)][0] | keys |
    map(select(test("^[A-Z]"))) | length == 108'
json "with its ends, owner and classes" '[.[] | select(.id == 1)][0] | .local and .remote and
    .state == "ESTABLISHED" and .processes[0].name == "pair" and (.enabled | length) == 9'
json "and why something is not known" '[.[] | select(.id == 1)][0] |
    .Path_DupAcksIn == null and .unknown.Path_DupAcksIn == "no source on this kernel"'
jq '[.[] | select(.type == "sample" and .interval > 1)]' "$out" >"$cli_tmp/later"
cp "$cli_tmp/later" "$out"
json "a line has what changed" 'length > 5 and any(.[]; .Data_DataBytesOut > 0)'
json "and nothing that the handshake fixed" 'map(select(has("SynOpts_ActiveOpen"))) == []'
jq -s . "$rec" >"$out"
json "nor what is as it was when it was last told, but for what time alone moves" '
    .[0].members as $members | reduce (.[] | select(.type == "sample")) as $line ({};
        ($line.id | tostring) as $id | .[$id].last as $last |
        ($line | with_entries(select(.key | test("^[A-Z]")))) as $now |
        .[$id].again += [$now | keys[] | . as $member | select($last != null and
            ($last | has($member)) and $last[$member] == $now[$member] and
            ($members[$member].clock_driven | not))] |
        .[$id].last = $last + $now) | map(.again | length) | add == 0'
json "what is idle has next to no lines" '[.[] | select(.type == "sample") | .id] | group_by(.) |
    map(length) | min <= 3'

# It says what the system said.
"$cli" enable "$near" >"$out" 9>&-
run 0 record "$cli_tmp/one.jsonl" "$near" --count 1
for class in Data Path SendBuff Rec ObsRec FineRtt; do
    run 0 show "$near" $class --json
    live=$(members $class)
    run 0 show "$near" $class --json --from "$cli_tmp/one.jsonl"
    check "an idle connection's $class from a recording is what it is live" \
        [ "$(members $class)" = "$live" ]
done
run 0 show "$near" Path --json --sources
live=$(jq -S '.connections[0].classes.Path | .sources, .unknown' "$out")
run 0 show "$near" Path --json --sources --from "$cli_tmp/one.jsonl"
check "and so are reasons and sources" \
    [ "$(jq -S '.connections[0].classes.Path | .sources, .unknown' "$out")" = "$live" ]
"$cli" disable "$near" >"$out" 9>&-

# It is played as if it were live.
run 0 list --json --from "$rec"
json "list shows what was recorded" '(.connections | length) == 2 and
    all(.connections[]; .enabled | length == 8) and
    .connections[0].host.processes[0].name == "pair"'
run 0 list --json --from "$rec" process:pair "port:${busy##*:}"
json "and selects" '.connections | length >= 1'
run 2 list --from "$rec" port:1
run 2 list --from "$rec" process:nobody
says "no such process"
run 0 watch --json --interval 0.5 --from "$rec"
# What is left over at the end may be an interval of its own.
check "watch goes through it" jq -es 'length >= 2 and length <= 4' "$out"
check "to its end" jq -es --slurpfile rec "$rec" '([$rec[] | .time_ns | numbers]) as $times |
    ([.[].connections[0].elapsed_ns] | add) - (($times | max) - ($times | min)) |
    . > -60000000 and . < 60000000' "$out"
check "with the rates of then" jq -es --argjson rate $rate '[.[].connections[0].rate_out] |
    add / length | . > 0.7 * $rate and . < 1.3 * $rate' "$out"
json "and the time of then" '.time > now - 60 and .time <= now'
json "an idle connection is held back by its sender" \
    '.connections[1].held_back_by | .sender >= 99'
run 1 enable "$busy" --from "$rec"
says "--from belongs to"
run 2 show "127.0.0.1:1-127.0.0.1:2" --from "$rec"
says "has no such connection"

# All of it each time; by gzip; to stdout.
run 0 record "$cli_tmp/full.jsonl" "$busy" --interval 0.05 --count 4 --full
jq -s . "$cli_tmp/full.jsonl" >"$out"
json "--full writes everything each time" '[.[] | select(.type == "sample")] | length == 4 and
    all(.[]; keys | map(select(test("^[A-Z]"))) | length == 108)'
run 0 record "$rec.gz" --interval 0.05 --duration 1
check "a name in .gz makes it gzip" gzip -t "$rec.gz"
check "which is the same lines" sh -c "gzip -dc '$rec.gz' | jq -es 'last.type == \"finish\"'"
run 0 list --json --from "$rec.gz"
json "and is read as it is; all connections without a selector" '.connections | length == 6'
run 0 record - "$busy" --count 2 --interval 0.05
check "- is stdout" [ "$(sed -n '$p' "$out" | jq -r .type)" = finish ]
check "and stdin" sh -c "'$cli' list --from - <'$out' | grep -q ESTABLISHED"

# What was there stays.
run 1 record "$rec" "$busy" --count 1
says "--force replaces it"
check "and is whole" sh -c "tail -n 1 '$rec' | jq -e '.type == \"finish\"'"
run 0 record "$cli_tmp/again.jsonl" "$busy" --count 1
run 0 record "$cli_tmp/again.jsonl" "$busy" --count 1 --force
"$cli" record "$cli_tmp/shared.jsonl" "$busy" --duration 30 2>"$cli_tmp/shared.err" 9>&- &
recorder=$!
check "a recording has begun" eventually [ -s "$cli_tmp/shared.jsonl" ]
run 5 record "$cli_tmp/shared.jsonl" "$busy" --count 1 --force
says "is being written to by another program"
kill -TERM $recorder
wait $recorder
run 0 list --from "$cli_tmp/shared.jsonl"
check "and stays whole" [ ! -s "$err" ]
run 2 record "$cli_tmp/none.jsonl" 127.0.0.1:1-127.0.0.1:2
check "nothing is made for a connection that is not there" [ ! -e "$cli_tmp/none.jsonl" ]
run 5 record "$cli_tmp" "$busy" --count 1
run 2 record "$cli_tmp/no/where.jsonl" "$busy" --count 1

# Cut off anywhere.
size=$(wc -c <"$rec")
header=$(head -n 1 "$rec" | wc -c)
for part in 1 2 3 5 7 11; do
    head -c $((header + (size - header) * part / 12)) "$rec" >"$cli_tmp/cut.jsonl"
    run 0 list --from "$cli_tmp/cut.jsonl"
    says "it was cut off, or is being recorded"
done
head -c $(($(wc -c <"$rec.gz") - 40)) "$rec.gz" >"$cli_tmp/cut.gz"
run 0 list --from "$cli_tmp/cut.gz" --json
says "it was cut off"
json "by gzip, too" '.connections | length == 6'
for bytes in 3 100 $((header - 2)); do
    head -c $bytes "$rec" >"$cli_tmp/cut.jsonl"
    run 5 list --from "$cli_tmp/cut.jsonl"
    says "was cut off in its first line"
done

# Whatever else there may be.
: >"$cli_tmp/empty"
run 5 list --from "$cli_tmp/empty"
says "is empty"
run 5 list --from "$cli_tmp"
says "is a directory"
run 2 list --from "$cli_tmp/nowhere"
echo 'no JSON' >"$cli_tmp/text"
run 5 list --from "$cli_tmp/text"
says "no recording of tcpestats"
sed '1s,tcpestats-recording/1,tcpestats-recording/2,' "$rec" >"$cli_tmp/later"
run 4 list --from "$cli_tmp/later"
says "tcpestats-recording/2"
sed '3s/^{/{{/' "$rec" >"$cli_tmp/broken"
run 5 list --from "$cli_tmp/broken"
says "line 3: it is not JSON"
damage() { # what is wrong, line, expected words
    { head -n 1 "$rec"; echo "$2"; cat "$rec"; } >"$cli_tmp/broken"
    run 5 list --from "$cli_tmp/broken"
    says "$3"
}
damage "a number out of turn" '{"type":"sample","interval":1,"time_ns":1,"id":9}' "not the next one"
damage "no addresses" '{"type":"sample","interval":1,"time_ns":1,"id":1}' "has no addresses"
damage "no type" '{"interval":1}' "has no type"
damage "a list" '[]' "no JSON object"
head -c 100000 /dev/zero | tr '\0' '[' >"$cli_tmp/deep"
run 5 list --from "$cli_tmp/deep"
{ cat "$rec"; printf '\0\0\0\0'; } | gzip >"$cli_tmp/zeros.gz"
run 0 list --from "$cli_tmp/zeros.gz"
head -c 2000 "$rec.gz" >"$cli_tmp/bad.gz"
head -c 3000 /dev/urandom >>"$cli_tmp/bad.gz"
"$cli" list --from "$cli_tmp/bad.gz" >"$out" 2>"$err"
check "rubbish in a gzip file is no crash" [ $? -le 5 ]
if [ "$(id -u)" != 0 ]; then
    chmod 0 "$cli_tmp/again.jsonl"
    run 3 list --from "$cli_tmp/again.jsonl"
fi

# A full disk: it is said, and what was written before is there.
if [ -c /dev/full ]; then
    run 5 record /dev/full "$busy" --count 3 --interval 0.05
    says "No space left on device"
fi
if unshare -m true 2>/dev/null; then
    mkdir "$cli_tmp/small"
    for name in full.jsonl full.jsonl.gz; do
        room=96k
        [ $name = full.jsonl ] || room=16k
        # shellcheck disable=SC2016 # the inner shell's
        unshare -m sh -c 'mount -t tmpfs -o size=$5 small "$1/small" || exit 77
            timeout 120 "$2" record "$1/small/$4" "$3" --full --interval 0.01 2>"$1/err"
            echo $? >"$1/status"
            cp "$1/small/$4" "$1/'"$name"'.kept"' sh "$cli_tmp" "$cli" "$busy" "$name" $room 9>&-
        [ $? = 77 ] && continue
        check "a full disk ends it" [ "$(cat "$cli_tmp/status")" = 5 ]
        says "No space left on device"
        says "what was recorded up to then is in"
        says "and are off again"
        run 0 list --json "$busy"
        json "what it had switched on is off" '.connections[0].enabled == []'
        cp "$cli_tmp/$name.kept" "$cli_tmp/kept-$name"
        run 0 watch --json --interval 0.02 --from "$cli_tmp/kept-$name"
        check "what was recorded can be played" [ "$(wc -l <"$out")" -ge 3 ]
    done
    check "and ends with a whole line" [ "$(tail -c 1 "$cli_tmp/full.jsonl.kept")" = "" ]
fi

# Interrupted, and connections that end or begin meanwhile.
"$cli" record "$cli_tmp/all.jsonl" --interval 0.05 >"$out" 2>"$err" 9>&- &
pid=$!
lines() { # how many at least, of what kind
    [ "$(grep -c "$2" "$cli_tmp/all.jsonl")" -ge "$1" ]
}
eventually lines 1 '"interval":2,'
cli_pair
eventually lines 1 '"id":8,'
eventually lines 6 '"type":"end"'
kill -TERM $pid
wait $pid
check "an interruption is a normal end" [ $? = 0 ]
jq -s . "$cli_tmp/all.jsonl" >"$out"
json "and is told" '.[-1] | .type == "finish" and .why == "interrupted"'
json "connections that ended have an end" '[.[] | select(.type == "end") | .id] |
    length == 6 and (unique | length) == 6'
json "those that came are in it" '[.[] | .id | numbers] | unique | length == 8'
run 0 list --json --from "$cli_tmp/all.jsonl"
json "list shows those that ended, too" '.connections | length == 8'
run 0 watch --json --interval 0.2 --from "$cli_tmp/all.jsonl"
check "watch shows them closed" jq -es '[.[].closed[]] | length == 6' "$out"

# A recording is of the one who made it: names in it are only text.
evil=$(printf 'a\033[2J"<b>\\')
cp "$O/tests/tcpestats/pair" "$cli_tmp/$evil" 2>/dev/null && cli_pair_program=$cli_tmp/$evil
cli_pair
run 0 record "$cli_tmp/evil.jsonl" "$near" --count 1
cli_pair_program=
run 0 list --from "$cli_tmp/evil.jsonl"
check "no escape sequences" sh -c "! grep -q '$(printf '\033')' '$out'"

cli_end
