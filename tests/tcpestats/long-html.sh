#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The page that plot makes, in a browser that has no network: all of it is there, and the pictures
# in it are seen.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin
browser=$(command -v chromium || command -v chromium-browser) || cli_skip "there is no chromium"
command -v gnuplot >/dev/null || cli_skip "there is no gnuplot"

browse() { # options
    HOME=$cli_tmp timeout -k 5 120 "$browser" --headless --no-sandbox --disable-gpu \
        --user-data-dir="$cli_tmp/profile" --window-size=900,2200 "$@" 2>"$err" 9>&-
}

cli_pair -n 2 -r 1000000
run 0 record "$cli_tmp/rec.jsonl" --interval 0.05 --duration 2
run 0 plot "$cli_tmp/rec.jsonl" -o "$cli_tmp/page.html"

browse --dump-dom "file://$cli_tmp/page.html" >"$out"
check "the browser shows the page" grep -q '</html>' "$out"
check "its table" [ "$(grep -c '^<tr><td>' "$out")" = 4 ]
check "its verdicts" [ "$(grep -c 'class="verdict"' "$out")" = 4 ]
check "its pictures" [ "$(grep -c '<img alt=' "$out")" = 4 ]

# What is seen differs once the pictures are blank.
sed 's,base64\,[^"]*,base64\,AAAA,' "$cli_tmp/page.html" >"$cli_tmp/blank.html"
for name in page blank; do
    browse --screenshot="$cli_tmp/$name.png" "file://$cli_tmp/$name.html" >"$out"
    check "a screenshot of $name" test -s "$cli_tmp/$name.png"
done
check "the pictures are seen" [ "$(wc -c <"$cli_tmp/page.png")" -gt \
    $(($(wc -c <"$cli_tmp/blank.png") + 20000)) ]

cli_end
