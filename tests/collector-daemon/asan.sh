#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The daemon with sanitizers (and the stand-in for its programs) under what clients do to it.

O=${O:-build}
export TCPESTATSD="$O/collector-daemon/asan/tcpestatsd"
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:exitcode=99}"
failed=0
for t in protocol trust hostile hang churn; do
    echo "== $t"
    "$O/collector-daemon/test-$t" || failed=1
done
exit $failed
