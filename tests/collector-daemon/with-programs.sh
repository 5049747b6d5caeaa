#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The daemon's tests once more with its own programs in place of the stand-in.

O=${O:-build}
export TCPESTATSD="$O/tcpestatsd/tcpestatsd"

if [ ! -x "$TCPESTATSD" ]; then
    echo "SKIP: the collector is not built here"
    exit 77
fi
# Loaded here and now? Where not, it says why.
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
"$TCPESTATSD" --socket="$scratch/socket" >"$scratch/log" 2>&1 </dev/null &
pid=$!
for _ in $(seq 600); do
    if grep -q 'collecting for' "$scratch/log" || ! kill -0 $pid 2>/dev/null; then
        break
    fi
    sleep 0.1
done
kill $pid 2>/dev/null
wait $pid
if ! grep -q 'collecting for' "$scratch/log"; then
    echo "SKIP: not on this machine: $(tail -n 1 "$scratch/log")"
    exit 77
fi

# Each test starts a daemon of its own, and loading takes its time: not all of them.
failed=0
for t in test-protocol test-trust test-activation test-lease test-hostile test-hang; do
    echo "== $t"
    "$O/collector-daemon/$t" || failed=1
done
echo "== test-command"
tests/collector-daemon/test-command.sh || failed=1
exit $failed
