#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The demo's verdict: right on a short run of the demo, and wrong as soon as one of the numbers that
# the Windows program gave is altered, each by itself.

O=${O:-build}
keep=$(mktemp -d "${TMPDIR:-/tmp}/estats-demo.XXXXXX") || exit 1
trap 'rm -rf "$keep"' EXIT
trap 'exit 130' INT TERM HUP
passed=0 failed=0

result() { # status, what
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL: $2"
    fi
}

verdict() { # tampering; prints the rows that are wrong
    DEMO_TAMPER=$1 tools/demo/verdict.sh "$keep" >"$keep/out"
    status=$?
    grep -w WRONG "$keep/out"
    return $status
}

DEMO_SECONDS=8 DEMO_KEEP=$keep tools/demo/demo.sh
status=$?
[ $status -eq 77 ] && exit 77
result $status "the demo finds every number right"
result "$([ -s "$keep/sender.json" ] && echo 0 || echo 1)" "the demo records what it saw"

for tamper in DataBytesOut+1 BytesRetrans+1 ThruBytesAcked+1 DataBytesIn+1 ThruBytesReceived+1 \
    PktsRetrans+1; do
    rows=$(verdict "$tamper")
    result $((! $?)) "$tamper fails the verdict"
    result "$([ -n "$rows" ] && echo 0 || echo 1)" "$tamper is shown"
done

if [ -e "$keep/relay.json" ]; then
    for tamper in 'rate_out*1.1' 'rate_out*0.9'; do
        verdict "$tamper" | grep -q 'bit/s'
        result $? "$tamper fails the rate"
    done
else
    echo "SKIP: no emulated path here, so no rate to falsify"
fi

verdict Nothing+1
result $? "an alteration of nothing changes nothing"

# And once as a whole: what the script ends with is the verdict's.
DEMO_SECONDS=2 DEMO_TAMPER=DataBytesOut+1 tools/demo/demo.sh >"$keep/whole" 2>&1
result $((! $?)) "the demo fails when a number is wrong"
grep -q 'DataBytesOut - BytesRetrans .*WRONG' "$keep/whole"
result $? "and for that reason"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
