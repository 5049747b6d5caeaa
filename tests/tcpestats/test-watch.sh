#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The live view: numbers, order, what it switches on and off, and how it leaves a terminal.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin

# Classes that are on for a connection.
classes() { # connection
    "$cli" list "$1" --json 9>&- | jq -c '.connections[0].enabled'
}

is_on() { # connection, classes as JSON
    [ "$(classes "$1")" = "$2" ]
}

watched='["Data","SndCong","Path","SendBuff","Rec","ObsRec","FineRtt"]'
rate=2000000

# Three connections, of which only the last is busy.
cli_pair -n 3 -r $rate
busy=$(sed -n 5p "$cli_pair_file")
busy_far=$(sed -n 6p "$cli_pair_file")

run 0 watch --json --count 3 --interval 1
check "one line an interval" [ "$(wc -l <"$out")" = 3 ]
says "had been off for 6 connections and are off again"
tuple='"\(.local.address):\(.local.port)-\(.remote.address):\(.remote.port)"'
json "all six ends" '(.connections | length) == 6 and .closed == []'
json "the busy ones come first" "[.connections[0:2][] | $tuple] | sort == ([\$a, \$b] | sort)" \
    --arg a "$busy" --arg b "$busy_far"
json "the order is by throughput" '[.connections[] | .rate_out + .rate_in] | . == (sort | reverse)'
json "the others are idle" 'all(.connections[2:][]; .rate_out == 0 and .rate_in == 0)'
check "intervals are numbered" [ "$(jq -c .interval "$out" | tr '\n' ' ')" = "1 2 3 " ]
json "the clock tells fractions of a second" '(.time_us / 1000000 | floor) == .time'
check "and they differ" [ "$(jq '.time_us % 1000000' "$out" | sort -u | wc -l)" -gt 1 ]
# An interval that begins late is a short one.
check "time is measured" jq -es '[.[].connections[0:2][].elapsed_ns] | add / 2 |
    . > 2000000000 and . < 60000000000' "$out"
# Over all three together: the sender has its own pace, and a busy machine makes it uneven.
check "the rate is the sender's" jq -es --arg a "$busy" --argjson rate $rate \
    '[.[].connections[] | select('"$tuple"' == $a) | .rate_out] | add / length |
    . > 0.7 * $rate and . < 1.3 * $rate' "$out"
json "what goes out comes in" \
    "(.connections | map({key: ($tuple), value: .}) | from_entries) as \$c |
    (\$c[\$a].rate_out - \$c[\$b].rate_in) / (\$c[\$a].rate_out + 1) | . < 0.5 and . > -0.5" \
    --arg a "$busy" --arg b "$busy_far"
json "who held them back adds up" 'all(.connections[].held_back_by; .approximate and
    .receiver + .path + .sender == 100)'
json "an idle connection is held back by its sender" \
    'all(.connections[2:][]; .held_back_by.sender >= 99)'
json "an idle one is called so" 'all(.connections[2:][].verdict; .cause == "idle" and
    .elapsed_ns > 100000000 and .looks > 1)'
check "the sending end names its program" jq -es --arg a "$busy" 'last | .connections[] |
    select('"$tuple"' == $a) | .verdict | .cause == "sender-program" and .direction == "out" and
    .out.cause == .cause and .certainty == .out.certainty and .in.cause == "idle"' "$out"
check "the receiving end blames nobody" jq -es --arg b "$busy_far" 'last | .connections[] |
    select('"$tuple"' == $b) | .verdict | .cause == "cannot-tell" and .certainty == "none" and
    .direction == "in"' "$out"
# A late acknowledgement may make the busy one send again.
json "round-trip times, and what is idle sends nothing again" 'all(.connections[]; .rtt_us > 0) and
    all(.connections[2:][]; .retransmissions == 0 and .new_retransmissions == 0)'
check "all is off again" is_on "$busy" '[]'

# What was on stays on.
"$cli" enable "$busy" Data Rec >"$out" 9>&-
run 0 watch "$busy" --count 1 --interval 0.1
says "had been off for 1 connection and"
check "what was on stays on, what was not is off" is_on "$busy" '["Data","Rec"]'

# Plain lines. Half a second has something to send on a busy machine, too.
run 0 watch "$busy" --count 2 --interval 0.5
check "a heading and a line an interval" [ "$(wc -l <"$out")" = 3 ]
prints "CONNECTION"
rate_column='[0-9.]+ [kM]?B/s'
# Approximate: there is no collector here.
held='~(receiver|path|sender) [0-9]+%(, (receiver|path|sender) [0-9]+%)* *'
columns="^[0-9:]{8} +$rate_column +$rate_column +[0-9]+\.[0-9]{3} +\+[0-9]+ +[0-9]+"
columns="$columns  sender-program\??  +$held  $busy +ESTABLISHED\$"
check "columns" [ "$(grep -cE "$columns" "$out")" = 2 ]
cp "$out" "$cli_tmp/busy"
run 0 watch "$busy_far" --count 2 --interval 0.5
check "that the sender held it back is told at the end that sends" \
    [ "$(grep -cE " cannot-tell  +-  +$busy_far" "$out")" = 2 ]
# Whatever the numbers are: those of an idle connection stand where those of a busy one do.
positions() {
    awk '{ print index($0, "B/s"), match($0, /WHY|idle|sender-p/), match($0, /CONNECTION|127/),
        match($0, /STATE|ESTABL/) }' \
        "$1" | sort -u
}
run 0 watch "$near" --count 2 --interval 0.1
check "columns stand where they stood" [ "$(positions "$out")" = "$(positions "$cli_tmp/busy")" ]
check "and so does the heading" [ "$(positions "$out" | cut -d' ' -f2- | sort -u | wc -l)" = 1 ]
check "no escape sequences" sh -c "! grep -q '$(printf '\033')' '$out'"

# A reason that was there at the first interval is still known at the end.
if [ -c /dev/full ]; then
    for format in "" --json; do
        # shellcheck disable=SC2086 # none or one
        "$cli" watch "$busy" --count 3 --interval 0.1 $format >/dev/full 2>"$err"
        check "a full disk is noticed" [ $? = 5 ]
        says "cannot write the output: No space left on device"
    done
fi

# Interrupted: by a signal, by a reader that has gone.
for signal in TERM HUP; do
    "$cli" watch "$busy_far" >"$out" 2>"$err" 9>&- &
    pid=$!
    check "watching switches on" eventually is_on "$busy_far" "$watched"
    kill -$signal $pid
    wait $pid
    check "SIG$signal is a normal end" [ $? = 0 ]
    check "SIG$signal: all is off again" is_on "$busy_far" '[]'
done
timeout 20 "$cli" watch "$busy_far" --interval 0.1 2>"$err" 9>&- | head -n 1 >"$out"
check "a reader that has gone: all is off again" eventually is_on "$busy_far" '[]'

# Somebody switches off what is watched.
"$cli" watch "$busy_far" --json --interval 0.2 >"$out" 2>"$err" 9>&- &
pid=$!
check "watching switches on" eventually is_on "$busy_far" "$watched"
"$cli" disable "$busy_far" >"$cli_tmp/other" 9>&-
check "it is switched on again" eventually is_on "$busy_far" "$watched"
kill $pid
wait $pid
check "and off at the end" is_on "$busy_far" '[]'

# Connections close and others come.
"$cli" watch --json --interval 0.2 process:pair >"$cli_tmp/stream" 2>"$err" 9>&- &
pid=$!
check "it writes each interval at once" eventually [ -s "$cli_tmp/stream" ]
cli_pair 1 1
# The last line may not be whole yet.
only_new() {
    sed '/}$/!d' "$cli_tmp/stream" | tail -n 1 | jq -e --argjson port "${far##*:}" \
        '.connections | length == 2 and all(.[]; .local.port == $port or .remote.port == $port)'
}
check "new connections appear" eventually only_new
kill $pid
wait $pid
mv "$cli_tmp/stream" "$out"
check "closed connections are told once" jq -es '[.[].closed[]] | length == 6' "$out"
check "then they are gone" jq -es 'last | .connections | length == 2' "$out"

# Named connections: ends with the last of them.
(
    eventually is_on "$near" "$watched" && kill "$cli_pair_pid"
) 9>&- &
run 0 watch "$near" "$far" --interval 0.2 --count 100
prints "closed"
check "before the count" [ "$(wc -l <"$out")" -lt 100 ]
wait "$cli_pair_pid"
cli_pair_pid=

# In place on a terminal. (script copies what the terminal gets; Ctrl-C comes as a key.)
if ! command -v script >/dev/null; then
    echo "SKIP: no script(1), so no terminal"
    cli_end
fi
cli_pair -n 6 -r $rate 1000
escape=$(printf '\033')
drawn() { # how often at least
    [ "$(grep -ao "$escape\[H" "$out" | wc -l)" -ge "$1" ]
}
left() { # how often at least
    [ "$(grep -ao "$escape\[?1049l" "$out" | wc -l)" -ge "$1" ]
}
on_terminal() { # keys, arguments...
    keys=$1
    shift
    : >"$out"
    {
        eventually drawn 3
        printf "%b" "$keys"
        eventually left 1
    } | TERM=xterm timeout 30 script -qec "stty rows 8 cols 72; exec $cli $*" \
        "$cli_tmp/typescript" >"$out" 2>"$err" 9>&-
    cli_code=$?
}
on_terminal '\003' watch --interval 0.2
check "Ctrl-C is a normal end" [ $cli_code = 0 ]
check "the alternate screen is entered once" [ "$(grep -o "$escape\[?1049h" "$out" | wc -l)" = 1 ]
check "and left once" [ "$(grep -o "$escape\[?1049l" "$out" | wc -l)" = 1 ]
check "the cursor is shown again" grep -q "$escape\[?25h" "$out"
check "nothing is drawn after that" sh -c "! sed '1,/1049l/s/.*1049l//;/1049h/d' '$out' |
    tail -n 1 | grep -q ESTABLISHED"
check "it was drawn in place, more than once" [ "$(grep -o "$escape\[H" "$out" | wc -l)" -ge 2 ]
# Frame by frame, without what follows on the user's own screen.
sed "s/$escape\[?1049l.*//; s/$escape\[H/\n\n/g; s/$escape\[[0-9;?]*[A-Za-z]//g" "$out" |
    tr -d '\r' | sed '/^\^C/d' >"$cli_tmp/frames"
check "the window's width is kept" [ "$(awk 'length($0) > 72' "$cli_tmp/frames" | wc -l)" = 0 ]
check "with who is at the other end of each" grep -qE "127.0.0.1:[0-9]+\$" "$cli_tmp/frames"
check "the window's height is kept" awk 'BEGIN { RS = "" }
    NR > 1 && split($0, lines, "\n") > 8 { exit 1 }' "$cli_tmp/frames"
prints "... and 8 more"
prints "127.0.0.1"
check "all is off again" is_on "$near" '[]'
on_terminal '' watch --interval 0.2 --count 3
check "--count holds there, too" [ $cli_code = 0 ]
check "the screen is left" grep -q "$escape\[?1049l" "$out"

# Ctrl-Z and bg: what the terminal shows is the shell's until fg.
in_shell() {
    printf 'stty rows 8 cols 72; PS1=; set -m\n%s watch --interval 0.2\n' "$cli"
    eventually drawn 3
    printf '\032'
    eventually left 1
    printf 'bg\n'
    sleep 1 # in which it might draw
    before=$(grep -ao "$escape\[H" "$out" | wc -l)
    printf 'echo at-work; fg\n'
    eventually drawn $((before + 2))
    printf '\003'
    eventually left 2
    printf 'exit\n'
}
: >"$out"
in_shell | TERM=xterm timeout 30 script -qec 'bash --norc -i' /dev/null >"$out" 2>"$err" 9>&-
at() { # pattern, which
    grep -abo "$1" "$out" | sed -n "$2s/:.*//p"
}
stopped_at=$(at "$escape\[?1049l" 1) again_at=$(at "$escape\[?1049h" 2)
working_at=$(grep -abo 'at-work' "$out" | sed -n '$s/:.*//p')
check "Ctrl-Z leaves the screen, and fg enters it again" [ "${stopped_at:-0}" -gt 0 ] &&
    check "after the shell has had it" [ "${again_at:-0}" -gt "${working_at:-0}" ]
head -c "${again_at:-0}" "$out" | tail -c +"${stopped_at:-1}" >"$cli_tmp/shells"
check "the shell was at work in between" grep -qa at-work "$cli_tmp/shells"
check "nothing was drawn meanwhile" sh -c "! grep -qa '$escape\[H' '$cli_tmp/shells'"
tail -c +"${again_at:-1}" "$out" >"$cli_tmp/after"
check "after fg it is drawn" grep -qa "$escape\[H.*connections" "$cli_tmp/after"
check "and the screen is left for good" \
    [ "$(grep -ao "$escape\[?1049[hl]" "$out" | tail -n 1)" = "$escape[?1049l" ]
check "all is off again" eventually is_on "$near" '[]'
TERM=dumb script -qec "$cli watch --count 1 --interval 0.1" /dev/null \
    >"$out" 2>"$err" </dev/null 9>&-
check "no escape sequences on a dumb terminal" sh -c "! grep -q '$escape' '$out'"
prints "CONNECTION"

cli_end
