#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Windows build under Wine records, reads what the Linux build has recorded, and is read by
# that; and it draws text, and pictures by a gnuplot.

. tests/lib/wine.sh
wine_private_net "$@"
. tests/tcpestats/lib.sh

wine_prefix 64
trap - INT TERM HUP
runtime=$XDG_RUNTIME_DIR
cli_begin
trap 'cli_cleanup; _wine_cleanup' EXIT
export XDG_RUNTIME_DIR="$runtime"
wine_install >"$cli_tmp/install" 2>&1
exe=$O/windows/x86_64/tcpestats.exe
cd "$cli_tmp" || exit 1

windows() { # arguments
    timeout -k 5 120 wine "$exe" "$@" >"$cli_tmp/windows" 2>"$err" 9>&-
    cli_code=$?
    tr -d '\r' <"$cli_tmp/windows" >"$out"
}

cli_pair -r 1000000
busy=$(sed -n 1p "$cli_pair_file")

# Recorded there, read here.
windows record there.jsonl.gz "$near" --interval 0.05 --duration 1
check "it records" [ "$cli_code" = 0 ]
check "by gzip" gzip -t there.jsonl.gz
gzip -dc there.jsonl.gz | jq -s . >"$out"
json "with sources and fidelities" '.[0].members.Path_PktsRetrans.fidelity == "exact" and
    .[0].started_ns / 1e9 > now - 60 and .[0].started_ns / 1e9 < now + 60'
json "with all members" '[.[] | select(.id == 1)][0] | keys | map(select(test("^[A-Z]"))) |
    length == 108'
json "ends are known by disappearance there" '.[0].ends == "disappearance"'
json "and a last line" '.[-1].type == "finish" and .[-1].why == "complete"'
check "lines end as on Linux" sh -c '! gzip -dc there.jsonl.gz | grep -q "$(printf "\r")"'
run 0 list --json --from there.jsonl.gz
json "the Linux build reads it" '.connections | length == 1'
run 0 watch --json --interval 0.2 --from there.jsonl.gz
check "and plays it" jq -es '[.[].connections[0].rate_out | numbers] | add / length > 500000' "$out"

# Recorded here, read there.
run 0 record here.jsonl "$near" --interval 0.05 --duration 1
run 0 show "$near" --json --from here.jsonl
jq -S . "$out" >a
windows show "$near" --json --from here.jsonl
check "the Windows build reads the Linux build's" [ "$cli_code" = 0 ]
jq -S . "$out" >b
check "and says the same of it" diff a b
windows show "$near" --json --from there.jsonl.gz
check "and its own, by gzip" [ "$cli_code" = 0 ]
jq -S . "$out" >b
run 0 show "$near" --json --from there.jsonl.gz
jq -S . "$out" >a
check "of which both say the same" diff a b
windows record here.jsonl "$near" --count 1
check "what is there stays" [ "$cli_code" = 1 ]
says "--force replaces it"
windows list --from .
check "a directory is told" [ "$cli_code" = 5 ]
windows plot here.jsonl
check "it draws text" [ "$cli_code" = 0 ]
prints "round trip"

# gnuplot: where it is not found, that is said.
windows plot here.jsonl -o none.svg
check "without gnuplot it is not supported" [ "$cli_code" = 4 ]
says "gnuplot is not installed"
check "and nothing is made" [ ! -e none.svg ]
# Where its installer puts it: here one that hands on to the host's.
if command -v gnuplot >/dev/null; then
    programs="$WINEPREFIX/drive_c/Program Files/gnuplot/bin"
    mkdir -p "$programs"
    cp "$O/tests/tcpestats/windows/gnuplot.exe" "$programs"
    windows plot here.jsonl -o x.svg
    check "an SVG" [ "$cli_code" = 0 ]
    windows plot here.jsonl -o x.png
    check "a PNG" [ "$cli_code" = 0 ]
    windows plot here.jsonl -o x.html
    check "a page" [ "$cli_code" = 0 ]
    run 0 plot here.jsonl -o y.svg
    check "the SVG is the Linux build's" cmp x.svg y.svg
    check "the PNG is one" [ "$(head -c 8 x.png | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
    check "to its last byte" sh -c 'tail -c 8 x.png | head -c 4 | grep -q IEND'
    check "the page has its picture" grep -q 'src="data:image/svg+xml;base64,' x.html
    # In the path, and its files in a place with a name that is no ASCII.
    mkdir path "$WINEPREFIX/drive_c/a b é"
    mv "$programs/gnuplot.exe" path
    rm x.*
    timeout 60 wine reg add 'HKCU\Environment' /v TMP /d 'C:\a b é' /f >"$out" 2>&1 9>&-
    WINEPATH=$(winepath -w "$cli_tmp/path" 2>"$err")
    export WINEPATH
    touch -d '1 minute ago' "$WINEPREFIX/drive_c/a b é"
    : >before
    windows plot here.jsonl -o x.svg
    check "from the path it draws, too" cmp x.svg y.svg
    check "in the place for such files" [ "$WINEPREFIX/drive_c/a b é" -nt before ]
    check "and leaves nothing behind" [ -z "$(find "$WINEPREFIX/drive_c/a b é" \
        "$WINEPREFIX"/drive_c/users/*/Temp -mindepth 1)" ]
    printf '#!/bin/sh\necho "line 3: unknown terminal" >&2\nexit 1\n' >path/gnuplot
    chmod +x path/gnuplot
    PATH=$cli_tmp/path:$PATH windows plot here.jsonl -o z.svg
    check "what gnuplot complains about fails" [ "$cli_code" = 5 ]
    says "line 3: unknown terminal"
    check "and makes nothing" [ ! -e z.svg ]
else
    echo "SKIP: gnuplot is not installed; no pictures were made"
fi

cli_end
