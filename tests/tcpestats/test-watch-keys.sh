#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The live view and its keys, on a terminal that script(1) makes: sorting, freezing, the details of
# one connection with its history, windows that are narrow or change, and the terminal's settings.

. tests/tcpestats/lib.sh
cli_private_net "$@"
if ! command -v script >/dev/null; then
    cli_skip "no script(1), so no terminal"
fi
cli_begin
rate=2000000
cli_pair -n 3 -r $rate
busy=$(sed -n 5p "$cli_pair_file")
escape=$(printf '\033')

# What was drawn so far, frame by frame with empty lines between, and [ ] around a marked line.
frames() {
    sed "s/$escape\[?1049l.*//; s/$escape\[?[0-9a-z]*//g; s/$escape\[7m/[/g; s/$escape\[m/]/g
        s/$escape\[H/\n\n/g; s/$escape\[[0-9;?]*[A-Za-z]//g" "$out" | tr -d '\r'
}
last_of() { # what was drawn
    awk 'BEGIN { RS = "" } { frame = $0 } END { print frame }' "$@"
}
shows() { # pattern
    frames | last_of | grep -qE -- "$1"
}

# Runs watch in a window of so many rows and columns and types keys, once there are rates ($first:
# once something else is there). A word that begins with ~ is no key: it waits until a line like
# that is there; nor one with @: the window gets so many rows, and 40 columns.
watch_keys() { # rows, columns, keys...
    rows=$1 columns=$2
    shift 2
    : >"$out"
    {
        eventually shows "${first:-B/s}"
        for keys in "$@"; do
            case $keys in
            "~"*) eventually shows "${keys#?}" ;;
            @*) stty -F "$(cat "$cli_tmp/tty")" rows "${keys#?}" cols 40 ;;
            *) printf '%b' "$keys" && sleep 0.2 ;;
            esac
        done
    } | LC_ALL=${locale:-C.UTF-8} TERM=xterm timeout 120 script -qec \
        "tty >$cli_tmp/tty; stty rows $rows cols $columns; stty -g >$cli_tmp/stty
        $cli watch --interval 0.2
        code=\$?; stty -g >>$cli_tmp/stty; exit \$code" /dev/null >"$out" 2>"$err" 9>&-
    cli_code=$?
    frames >"$cli_tmp/frames"
    check "the terminal's settings are what they were" \
        [ "$(sort -u "$cli_tmp/stty" | wc -l)" = 1 ]
}
last_has() { # what, pattern of a line of what was drawn last
    last_of "$cli_tmp/frames" >"$cli_tmp/last"
    check "$1" grep -qE -- "$2" "$cli_tmp/last"
}
no_longer_than() { # columns, in which a history of many looks has as many letters
    ! LC_ALL=C.UTF-8 grep -qaE ".{$(($1 + 1))}" "$cli_tmp/frames"
}

watch_keys 20 100 q
check "q is a normal end" [ $cli_code = 0 ]
check "the screen is left" grep -q "$escape\[?1049l" "$out"
check "keys are not echoed" sh -c "! grep -q '^q' '$cli_tmp/frames'"
prints "are off again"

# The first row is the one that sends: marked, looked into, and back.
watch_keys 20 100 '>' j '\r' '~^ ?[▁▂▃▄▅▆▇█]{5}' q
last_has "details name the connection" "^127\.0\.0\.1:[0-9]+-127\.0\.0\.1:[0-9]+\$"
last_has "its process" "^process pair\([0-9]+\)"
last_has "its rate and the peak of that" "^(out|in) [0-9.]+ MB/s, peak [0-9.]+ MB/s"
last_has "its round-trip time" "^round trip [0-9.]+ ms, peak"
last_has "who holds it back" "^held back by ~(receiver|path|sender) [0-9]+%"
last_has "why, in a sentence" \
    "^(Probably: )?The program here gives too little to send: [0-9.]+ MB/s, and"
last_has "which goes on in the next line" "^[^T]*time\.\$"
last_has "a line of history" "^ ?[▁▂▃▄▅▆▇█]{4,}\$"
check "the chosen row was marked" grep -q '^\[.*MB/s.*\]$' "$cli_tmp/frames"
# By itself only if nothing follows at once.
watch_keys 20 100 '\r' '~^held back by' '\033' '~^6 connections' q
last_has "Escape leads back to the list" "^6 connections"
last_has "where it stays marked" '^\[.*127\.0\.0\.1'
watch_keys 20 100 '\033[B\033[B' '\033[A' '\r' q
last_has "arrows move the mark" "^127\.0\.0\.1:[0-9]+-127\.0\.0\.1:[0-9]+\$"
locale=C watch_keys 20 100 '\r' '~^ ?[_.=+*%#-]{5}' q
last_has "without UTF-8 the history is of letters" "^ ?[_.=+*%#-]{4,}\$"

# Sorting.
watch_keys 20 100 '>' q
last_has "by the next column" "^by OUT\$"
check "the one that sends comes first" sh -c \
    "awk '/^by OUT/ { getline; getline; print; exit }' '$cli_tmp/frames' |
        grep -qE \"^[ []*[0-9.]+ MB/s\""
watch_keys 20 100 '>' r q
last_has "reversed" "^by OUT, reversed\$"
check "it comes last" sh -c "tail -n 1 '$cli_tmp/last' | grep -qE '^ *[0-9.]+ MB/s'"
watch_keys 20 140 '>>>>>' '<<<<<<' q
check "by all retransmissions" grep -q "^by ALL\$" "$cli_tmp/frames"
last_has "and the other way round" "^by CONNECTION\$"

# Frozen, and going on.
watch_keys 20 100 ' ' '~FROZEN' '' '' '' q
last_has "freezing is said" ", FROZEN;"
frozen=$(grep -c FROZEN "$cli_tmp/frames")
check "nothing is drawn meanwhile" [ "$frozen" -le 2 ]
watch_keys 20 100 ' ' '~FROZEN' ' ' q
last_has "and it goes on" "every 0.2 s; \? shows"
watch_keys 20 100 '?' '?' q
check "the keys are told" grep -q "freeze, and go on" "$cli_tmp/frames"
last_has "and gone again" "RETR  WHY +CONNECTION"
watch_keys 20 100 '\033[99~' '\033[' x '\033O' '\0377\0376' q
check "odd keys do nothing" [ $cli_code = 0 ]
last_has "but leave the list" "^6 connections"

# Narrow and small windows.
watch_keys 12 40 '' q
check "40 columns are kept" no_longer_than 42
check "without what does not fit" sh -c "! grep -q WHY '$cli_tmp/frames'"
last_has "with both rates and the other end" \
    "^ *[0-9.]+ [kM]?B/s +[0-9.]+ [kM]?B/s  127[0-9.]+:[0-9]+\$"
watch_keys 20 40 '\r' '~^ ?[▁▂▃▄▅▆▇█]{5}' q
check "40 columns are kept by details" no_longer_than 42
last_has "which have their history" "^[ ▁▂▃▄▅▆▇█]{4,}\$"
watch_keys 6 40 'jjj' q
last_has "what does not fit is counted" "more above"
watch_keys 12 80 '' q
last_has "at 80 columns there is a word" "^ +OUT +IN +RTT ms +RETR  WHY +REMOTE\$"
last_has "for the one that sends" "  sender-program\?? +127[0-9.]+:[0-9]+\$"
last_has "and for the other end" "  cannot-tell +127[0-9.]+:[0-9]+\$"
first=con watch_keys 1 5 'j\r' q
check "no window is too small" [ $cli_code = 0 ]

# A window that changes.
watch_keys 12 190 '@9' '~OUT +IN  REMOTE' q
check "a wide window has all columns" grep -qE "WHY +HELD BACK BY .*CONNECTION" "$cli_tmp/frames"
last_has "made narrow it has few" "^ +OUT +IN  REMOTE\$"
check "all is off again" [ "$("$cli" list "$busy" --json 9>&- |
    jq -c '.connections[0].enabled')" = '[]' ]
cli_end
