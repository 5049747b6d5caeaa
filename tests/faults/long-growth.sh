#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A million calls, and a memory of as many connections as it may have.

failed=0
GROWTH_CALLS=${GROWTH_CALLS:-1000000} "${O:-build}/faults/test-growth" || failed=1
LARGEST=1 CK_TIMEOUT_MULTIPLIER=5 "${O:-build}/host/test-memory" || failed=1
exit $failed
