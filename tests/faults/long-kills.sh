#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A minute of threads killed in mid-call, and one of processes killed while they set.

export KILL_SECONDS="${KILL_SECONDS:-60}" CK_TIMEOUT_MULTIPLIER=10
# A thread that dies between socket() and taking note of it leaves a descriptor, once in thousands.
# shellcheck disable=SC3045 # both dash and bash have it
ulimit -n 8192 2>/dev/null || :
failed=0
"${O:-build}/host/test-lanes" || failed=1
"${O:-build}/host/test-memory-kills" || failed=1
exit $failed
