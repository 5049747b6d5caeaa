#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The synopses of the manual pages and the help name the same options for each command. Those that
# are for nearly all commands are not compared.

. tests/tcpestats/lib.sh
cli_begin

run 0 --help
awk '
    match($0, /^  (-[a-zA-Z],|   ) --[a-z-]+/) {
        name = substr($0, 3, 1) == "-" ? substr($0, 3, 2) : substr($0, 7, RLENGTH - 6)
        text = substr($0, 29)
        sub(/^ +/, "", text)
        if (!match(text, /^[a-z, ]+: /))
            next
        n = split(substr(text, 1, RLENGTH - 2), command, ", ")
        for (i = 1; i <= n; i++)
            print command[i], name
    }' "$out" | LC_ALL=C sort -u >"$cli_tmp/help"

cd tools/tcpestats || exit 1
awk '
    /^\.Sh / { inside = $2 == "SYNOPSIS" }
    inside && /^\.Cm / { n = split(substr($0, 5), command, " \\| ") }
    inside && /^\.Op / {
        for (i = 3; i <= NF; i++)
            for (j = 1; j <= n && ($(i - 1) == "Fl" || $i ~ /^-/); j++)
                print command[j], "-" $i
    }' tcpestats.1 tcpestats-record.1 tcpestats-plot.1 |
    grep -v -e ' --json$' -e ' -N$' | LC_ALL=C sort -u >"$cli_tmp/manual"

check "the help has options" grep -qx 'record --full' "$cli_tmp/help"
check "the manual has what the help has" diff "$cli_tmp/help" "$cli_tmp/manual"
cli_end
