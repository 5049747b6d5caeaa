#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Puts the table of the last `make bench` into docs/bench.md, in place of the one there.
set -eu

table=${O:-build}/bench.txt page=docs/bench.md
awk -v table="$table" '
    inside && /^```$/ {
        inside = 0
    }
    !inside
    /^```$/ && !pasted++ {
        inside = 1
        while ((getline line <table) > 0)
            if (line != "" || lines++)
                print line
    }
' "$page" >"$page.new"
mv "$page.new" "$page"
