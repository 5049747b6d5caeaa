#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What rests on the order of memory between processors, as small programs whose every outcome herd7
# works out: those that must never happen, and that they could without what stands in the way. See
# docs/memory-order.md.

here=$(dirname "$0")
# HERD: where it is, with its options.
herd=${HERD:-herd7}
command -v "${herd%% *}" >/dev/null || {
    echo "SKIP: herd7 is not installed (no Debian package has it)"
    exit 77
}

passed=0 failed=0
for test in "$here"/*.litmus; do
    name=$(basename "$test" .litmus)
    expected=$(sed -n 's/.*(\* expect \([A-Z][a-z]*\)\..*/\1/p' "$test")
    # One model for C's orders, one for each machine.
    case $(head -n 1 "$test") in
    'C '*) model='-model rc11.cat' ;;
    *) model= ;;
    esac
    # shellcheck disable=SC2086 # words are wanted
    $herd $model "$test" >"${TMPDIR:-/tmp}/litmus.$$" 2>&1
    found=$(sed -n 's/^Observation [^ ]* \([A-Z][a-z]*\) .*/\1/p' "${TMPDIR:-/tmp}/litmus.$$")
    if [ -n "$expected" ] && [ "$found" = "$expected" ]; then
        passed=$((passed + 1))
        echo "ok      $name: $found"
    else
        failed=$((failed + 1))
        echo "FAILED  $name: ${found:-no answer}, expected $expected"
        sed 's/^/        | /' "${TMPDIR:-/tmp}/litmus.$$"
    fi
    rm -f "${TMPDIR:-/tmp}/litmus.$$"
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
