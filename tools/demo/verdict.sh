#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tools/demo/verdict.sh DIRECTORY: holds what the Windows program said against what others counted,
# from the files that demo.sh left in the directory. Exit status 0 when every number is right.
#
#   watch.json               the Windows program's view of the sender while data flowed
#   sender.json receiver.json [sender32.json]   its view once all was acknowledged
#   sent.json got.json       the two transfer programs' own counts
#   looks.json               more views of the sender while data flowed, each by a new process
#   relay.json               the path's own counts; absent when there was no emulated path
#   collector                was there one: there (to the end), killed, absent
#   blind                    this kernel runs no hook in its first process' context, and nothing
#                            tells how many were missed: what only hooks count may be short by 1 %
#   rate                     bits of IP packets a second that the path lets through
#
# DEMO_TAMPER=MEMBER+1 or rate_out*1.1 falsifies what the Windows program said, to see this bite.

dir=$1
wrong=0
tcpestats=${O:-build}/tcpestats

# IPv4, TCP, timestamp option.
header_bytes=52

falsify() { # name, value: the value, unless the name is that of DEMO_TAMPER
    _name=${DEMO_TAMPER:-}
    _name=${_name%%[+*]*}
    if [ "$_name" = "$1" ]; then
        awk "BEGIN { printf \"%.0f\", $2 ${DEMO_TAMPER#"$_name"} }"
    else
        echo "$2"
    fi
}

win() { # file, class, member
    falsify "$3" "$(jq -r ".connections[0].classes.$2.members.$3" "$dir/$1")"
}

row() { # what, Windows program's, others', who they are, 0 if right
    if [ "$5" -eq 0 ]; then
        _word=right
    else
        _word=WRONG
        wrong=$((wrong + 1))
    fi
    printf '  %-38s %14s %14s  %-5s  %s\n' "$1" "$2" "$3" "$_word" "$4"
}

equal() { # what, Windows program's, others', who they are
    [ "$2" = "$3" ] && [ -n "$2" ] && [ "$2" != null ]
    row "$1" "$2" "$3" "$4" $?
}

# Counted by the collector's hooks alone.
hooked() { # what, Windows program's, least, most by others, who they are
    _least=$3 _who=$5
    if [ -e "$dir/blind" ] && [ "$2" != null ] && [ "$2" -lt "$_least" ]; then
        _who="$5 (this kernel hides hooks)"
        _least=$((_least - (_least + 99) / 100))
    fi
    [ "$2" != null ] && [ "$2" -ge "$_least" ] && [ "$2" -le "$4" ]
    row "$1" "$2" "$4" "$_who" $?
}

xfer() { # file, member
    jq -r ".$2" "$dir/$1"
}

flow() { # member, direction
    jq -r ".${2:-to_right}.flows[0].$1" "$dir/relay.json"
}

# Rate of IP packets as the path counts it: what tcpestats.exe watch measured, and headers.
live_rate() {
    jq -r '.connections[0] | select(.rate_out) | "\(.rate_out) \(.elapsed_ns)"' "$dir/watch.json" |
        while read -r _bytes _ns; do
            echo "$(falsify rate_out "$_bytes") $_ns"
        done |
        awk -v header=$header_bytes -v segs="$(win sender.json Data SegsOut)" \
            -v bytes="$(win sender.json Data DataBytesOut)" '
            { sum += $1 * $2; time += $2 }
            END {
                if (time > 0)
                    printf "%.0f\n", sum / time * 8 * (1 + header * segs / bytes)
            }'
}

within() { # percent, value, of
    awk -v p="$1" -v a="$2" -v b="$3" 'BEGIN { d = a - b; exit !(d * d <= b * b * p * p / 10000) }'
}

printf '\n  %-38s %14s %14s\n' "" "Windows" "counted"
printf '  %-38s %14s %14s\n' "" "program" "by others"
written=$(xfer sent.json written)
got=$(xfer got.json read)
sent=$(($(win sender.json Data DataBytesOut) - $(win sender.json Path BytesRetrans)))
equal "DataBytesOut - BytesRetrans" "$sent" "$written" "bytes the sending program wrote"
equal "ThruBytesAcked" "$(win sender.json Data ThruBytesAcked)" "$written" "the same"
equal "DataBytesIn, at the receiver" "$(win receiver.json Data DataBytesIn)" "$got" \
    "bytes the receiving program read"
equal "ThruBytesReceived, at the receiver" "$(win receiver.json Data ThruBytesReceived)" "$got" \
    "the same"

retrans=$(win sender.json Path PktsRetrans)
if [ -e "$dir/relay.json" ]; then
    limit=$(cat "$dir/rate")
    rate=$(live_rate)
    within 5 "${rate:-0}" "$limit"
    row "bit/s of IP packets (watch)" "$rate" "$limit" "the path's rate, 5 % allowed" $?
    equal "DataBytesOut - BytesRetrans" "$sent" "$(flow new_bytes)" "payload new to the path"
    equal "PktsRetrans" "$retrans" "$(flow retrans_segs)" "repeated segments the path saw"
    equal "BytesRetrans" "$(win sender.json Path BytesRetrans)" "$(flow retrans_bytes)" \
        "bytes in them"
    needless=$(flow needless)
    equal "PktsRetrans - needless ones" $((retrans - needless)) "$(flow dropped_data)" \
        "packets the path dropped ($needless needless)"
    if [ "$(cat "$dir/collector")" = there ]; then
        seen=$(flow sacks to_left)
        hooked "SacksRcvd" "$(win sender.json Path SacksRcvd)" "$seen" "$seen" \
            "reports of gaps that passed the path"
        # What came twice is reported, too, perhaps when nothing is outstanding any more.
        seen=$(flow dup_acks to_left)
        hooked "DupAcksIn" "$(win sender.json Path DupAcksIn)" $((seen - needless)) "$seen" \
            "acknowledgements that passed it twice"
    fi
else
    equal "PktsRetrans" "$retrans" "$(cat "$dir/retrans")" "the kernel's own count (ss)"
fi

if [ -e "$dir/sender32.json" ]; then
    only=
    [ "$(cat "$dir/collector")" = absent ] || only='Path.DupAcksIn Path.SacksRcvd'
    for member in Data.DataBytesOut Data.SegsOut Data.ThruBytesAcked Path.PktsRetrans \
        Path.BytesRetrans $only; do
        path=".connections[0].classes.${member%.*}.members.${member#*.}"
        equal "${member#*.}, 32-bit program" "$(win sender32.json "${member%.*}" "${member#*.}")" \
            "$(jq -r "$path" "$dir/sender.json")" \
            "64-bit program"
    done
fi

# Counters and maxima, look by look.
"$tcpestats" fields --json >"$dir/fields.json"
back=$(jq -rs '.[0].fields as $fields |
    [.[1:][].connections[0].classes | map_values(.members)] |
    [range(1; length) as $i | .[$i - 1] as $before | .[$i] as $now | $fields[] |
        select(.kind == "counter" or .kind == "maximum") |
        $before[.class][.member] as $was | $now[.class][.member] as $is |
        select($was != null and ($is == null or $is < $was)) | .class + "." + .member] |
    unique | join(" ")' "$dir/fields.json" "$dir/looks.json" "$dir/sender.json") || back=unknown
[ -z "$back" ]
row "counters that went back" "$(echo "$back" | wc -w)" 0 "there may be none${back:+: $back}" $?

echo
if [ $wrong -eq 0 ]; then
    echo "  Every number of the Windows program is right."
else
    echo "  $wrong WRONG."
fi
[ $wrong -eq 0 ]
