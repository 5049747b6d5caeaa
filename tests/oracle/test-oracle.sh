#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each scenario once, judged: every number is what the captures of both ends say, as far as its
# label promises. Every verdict is tried on an altered number, too: one that would not notice is a
# failure. docs/oracle.md must tell of the same members, judged by the same things within the same
# bounds. Options go to matrix.sh.

set -u
O=$(cd "${O:-build}" && pwd) || exit 1
export O
table=$(mktemp) || exit 1
trap 'rm -f "$table" "$table".*' EXIT

tests/oracle/matrix.sh --turns "$@" --bites --markdown="$table" || exit $?

# The columns that no run changes.
fixed() {
    sed -n '/^## Judged/,$p' "$1" | awk -F' *[|] *' '
        /^## / { section = $0; print; next }
        /^[|]/ && section ~ /Judged/ { if ($2 ~ /[.]/) print $2 " | " $3; next }
        /^[|]/ { print }'
}
# Which congestion window was the larger one is a matter of the run.
fixed "$table" | grep -v 'SndCong.Max..Cwnd |' >"$table.seen"
fixed docs/oracle.md | grep -v 'SndCong.Max..Cwnd |' >"$table.told"
diff -u "$table.told" "$table.seen" || {
    echo "docs/oracle.md is out of date: make oracle-docs"
    exit 1
}
