#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Pictures of recordings: that they are what their names say, with the course of the numbers in
# them.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin
rec=$cli_tmp/rec.jsonl
cli_pair -n 2 -r 1000000
busy=$(sed -n 3p "$cli_pair_file")
run 0 record "$rec" --interval 0.05 --duration 1

# Text.
run 0 plot "$rec"
says "of 4 connections the busiest is drawn"
prints "round trip"
run 0 plot "$rec" "$busy"
prints "$busy"
prints "B sent, 0 B received, 0 segments retransmitted"
prints "sending"
prints "congestion"
prints "held back by"
check "one that was named is drawn without a word" [ ! -s "$err" ]
check "no line is wider than a terminal" [ "$(LC_ALL=C.UTF-8 wc -L <"$out")" -le 80 ]
run 2 plot "$rec" port:1
run 2 plot "$cli_tmp/nowhere"
run 1 plot "$rec" -o picture.bmp
says "svg, .png or .html"
run 1 plot "$rec" --json
json "text is not passed off as JSON" '.error.exit == 1'
run 1 plot "$rec" --netns self
run 1 list -o x.svg
says "--output belongs to plot"

# Without gnuplot.
mkdir "$cli_tmp/bin"
PATH=$cli_tmp/bin "$cli" plot "$rec" "$busy" -o "$cli_tmp/x.svg" >"$out" 2>"$err"
check "without gnuplot it is not supported" [ $? = 4 ]
says "gnuplot is not installed"
check "and nothing is made" [ ! -e "$cli_tmp/x.svg" ]
printf '#!/bin/sh\necho "line 3: unknown terminal" >&2\nexit 1\n' >"$cli_tmp/bin/gnuplot"
chmod +x "$cli_tmp/bin/gnuplot"
PATH=$cli_tmp/bin:$PATH "$cli" plot "$rec" "$busy" -o "$cli_tmp/x.svg" >"$out" 2>"$err"
check "what gnuplot complains about fails" [ $? = 5 ]
says "unknown terminal"

if command -v gnuplot >/dev/null; then
    export TMPDIR="$cli_tmp/place"
    mkdir "$TMPDIR"
    run 0 plot "$rec" "$busy" -o "$cli_tmp/a.svg"
    check "SVG" grep -q '<svg' "$cli_tmp/a.svg"
    for words in "$busy" 'Rate (' 'Round trip (' 'Congestion window (' 'Held back by' \
        'in flight' smoothed least; do
        check "with '$words' in it" grep -qF "$words" "$cli_tmp/a.svg"
    done
    check "and a course from a point to the next" grep -qE 'd=.M[0-9., ]+ L[0-9.]+' \
        "$cli_tmp/a.svg"
    run 1 plot "$rec" "$busy" -o "$cli_tmp/a.svg"
    says "--force replaces it"
    run 0 plot "$rec" "$busy" -o "$cli_tmp/a.png"
    check "PNG" [ "$(head -c 4 "$cli_tmp/a.png" | tail -c 3)" = PNG ]
    run 0 plot "$rec" -o "$cli_tmp/a.html"
    check "HTML" grep -q '<!DOCTYPE html>' "$cli_tmp/a.html"
    check "with a row for each connection" [ "$(grep -c '^<tr><td>' "$cli_tmp/a.html")" = 4 ]
    check "the verdict" \
        [ "$(grep -c 'class="verdict"><strong>..*</strong>' "$cli_tmp/a.html")" = 4 ]
    check "and a picture" [ "$(grep -c 'src="data:image/svg+xml;base64,' "$cli_tmp/a.html")" = 4 ]
    check "which is one" sh -c \
        "sed -n 's/.*base64,\([^\"]*\)\".*/\1/p' '$cli_tmp/a.html' | head -n 1 |
        base64 -d | grep -q '</svg>'"
    check "nothing comes from elsewhere" sh -c "! grep -qiE '(src|href)=\"?(https?:)?//|<script' \
        '$cli_tmp/a.html'"
    check "and no file is left behind" [ -z "$(ls -A "$TMPDIR")" ]
    if [ -c /dev/full ]; then
        ln -s /dev/full "$cli_tmp/full.svg"
        run 5 plot "$rec" "$busy" -o "$cli_tmp/full.svg"
        says "No space left on device"
    fi
    # Names that others have chosen are no markup and no orders.
    sed 's/"name":"pair"/"name":"<script>alert(1)<\/script>\\u001b[2J"/' "$rec" \
        >"$cli_tmp/evil.jsonl"
    run 0 plot "$cli_tmp/evil.jsonl" -o "$cli_tmp/evil.html"
    check "a process' name is text in HTML" sh -c "! grep -qi '<script' '$cli_tmp/evil.html' &&
        grep -q '&#60;script' '$cli_tmp/evil.html'"
    # One connection at one moment has no course, and a picture all the same.
    run 0 record "$cli_tmp/one.jsonl" "$near" --count 1
    run 0 plot "$cli_tmp/one.jsonl" -o "$cli_tmp/one.svg"
else
    echo "SKIP: gnuplot is not installed; no pictures were made"
fi

cli_end
