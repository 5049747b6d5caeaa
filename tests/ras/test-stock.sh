#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Against the Wine that is installed, without our DLL, the named checks must fail, and no others: so
# the tests are seen to bite.
. tests/lib/wine.sh
wine_private_net "$@"
export LC_ALL=C

version=$(wine --version 2>/dev/null | sed 's/^wine-\([0-9.]*\).*/\1/')
expected=tests/ras/stock-wine-$version.expected
[ -e "$expected" ] || wine_skip "no list of what must fail on Wine $version"
wine_prefix 64
wine_run 120 "$O/ras/x86_64/ras-test.exe" --timeout 100 --failed-names "$wine_tmp/failed" \
    >"$wine_tmp/out" 2>&1
status=$?
sort "$wine_tmp/failed" | diff <(grep -v '^#' "$expected" | sort) - >"$wine_tmp/diff"
same=$?
cat "$wine_tmp/diff"
[ $status -eq 1 ] || cat "$wine_tmp/out"
echo "$(wc -l <"$wine_tmp/failed") checks fail on Wine $version by itself"
[ $status -eq 1 ] && [ $same -eq 0 ]
