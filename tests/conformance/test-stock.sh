#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Against the Wine that is installed, without our DLLs, the named checks must fail, and no others:
# so the tests are seen to bite.
. tests/lib/wine.sh
wine_private_net "$@"
export LC_ALL=C

version=$(wine --version 2>/dev/null | sed 's/^wine-\([0-9.]*\).*/\1/')
expected=tests/conformance/stock-wine-$version.expected
[ -e "$expected" ] || wine_skip "no list of what must fail on Wine $version"

wine_prefix 64
wine_half_open 5999
wine_run 280 "$O/conformance/x86_64/estats-test.exe" --timeout 250 \
    --names "$wine_tmp/all" --failed-names "$wine_tmp/failed" >"$wine_tmp/out" 2>&1
status=$?
if [ "$status" -ne 1 ] || [ ! -s "$wine_tmp/all" ]; then
    cat "$wine_tmp/out"
    echo "the test program ended with status $status"
    exit 1
fi
grep -v '^#' "$expected" | sort >"$wine_tmp/expected"
sort "$wine_tmp/failed" >"$wine_tmp/got"
skipped=$(grep -c '^SKIP: ' "$wine_tmp/out")
if [ "$skipped" -gt 0 ]; then
    # What was not run could not fail.
    grep '^SKIP: ' "$wine_tmp/out"
    sort "$wine_tmp/all" | comm -12 - "$wine_tmp/expected" >"$wine_tmp/possible"
    mv "$wine_tmp/possible" "$wine_tmp/expected"
fi
comm -13 "$wine_tmp/expected" "$wine_tmp/got" | sed 's/^/fails and must pass: /' >"$wine_tmp/diff"
comm -23 "$wine_tmp/expected" "$wine_tmp/got" | sed 's/^/passes and must fail: /' >>"$wine_tmp/diff"
cat "$wine_tmp/diff"
wrong=$(wc -l <"$wine_tmp/diff")
all=$(wc -l <"$wine_tmp/all")
echo "Wine $version by itself: $(wc -l <"$wine_tmp/got") of $all checks fail"
echo "$((all - wrong)) passed, $wrong failed, $skipped skipped"
[ "$wrong" -eq 0 ]
