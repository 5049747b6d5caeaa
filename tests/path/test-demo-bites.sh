#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The demo's verdict: right on a short run of the demo, and wrong as soon as one of the numbers that
# the Windows program gave is altered, each by itself. And the demo, when its collector is killed.

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

# Where there can be none, the demo has said why.
collector=$(cat "$keep/collector")
[ "$collector" = there ] || echo "SKIP: the demo had no collector here"
alterations='DataBytesOut+1 BytesRetrans+1 ThruBytesAcked+1 DataBytesIn+1 ThruBytesReceived+1
    PktsRetrans+1'
[ "$collector" = there ] && [ -e "$keep/relay.json" ] &&
    alterations="$alterations SacksRcvd+1 SacksRcvd*0.9 DupAcksIn*2"
for tamper in $alterations; do
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

cp "$keep/looks.json" "$keep/looks"
jq -c '.connections[0].classes.Path.members.PktsRetrans += 1000' "$keep/looks" >"$keep/looks.json"
verdict Nothing+1 | grep -q 'went back .*WRONG.* Path.PktsRetrans$'
result $? "a counter that goes back fails the verdict"
cp "$keep/looks" "$keep/looks.json"

# And once as a whole, what the script ends with is the verdict's; with the collector killed
# halfway, and yet nothing else is wrong, what went back included.
DEMO_SECONDS=4 DEMO_KILL=2 DEMO_KEEP=$keep/whole DEMO_TAMPER=DataBytesOut+1 \
    tools/demo/demo.sh >"$keep/out" 2>&1
result $((! $?)) "the demo fails when a number is wrong"
grep -q 'DataBytesOut - BytesRetrans .*WRONG' "$keep/out"
result $? "and for that reason"
DEMO_TAMPER='' tools/demo/verdict.sh "$keep/whole" >"$keep/out"
status=$?
[ $status -eq 0 ] || cat "$keep/out"
result $status "and is right otherwise"
if [ "$collector" = there ]; then
    [ "$(cat "$keep/whole/collector")" = killed ]
    result $? "the collector was killed in mid-transfer"
    looks=$(jq -s 'length' "$keep/whole/looks.json")
    result "$([ "$looks" -gt 2 ] && echo 0 || echo 1)" "the Windows program has looked since"
    jq -s -e 'map(.connections[0].classes.Path.members.SacksRcvd) | .[1] > 0 and .[-1] >= .[1]' \
        "$keep/whole/looks.json" >/dev/null
    result $? "what the collector counted is still shown"
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
