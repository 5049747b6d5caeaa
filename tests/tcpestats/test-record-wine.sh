#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Windows build under Wine records, reads what the Linux build has recorded, and is read by
# that; and it draws text.

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
windows plot here.jsonl -o x.svg
if [ "$cli_code" = 4 ]; then
    says "gnuplot is not installed"
    check "and nothing is made" [ ! -e x.svg ]
else
    check "where gnuplot is found, it draws" grep -q '<svg' x.svg
fi

cli_end
