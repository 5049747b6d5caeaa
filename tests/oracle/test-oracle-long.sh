#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every scenario with every congestion control, twice, with and without the collector: the bounds
# are not a matter of luck.

set -eu
for _round in 1 2; do
    tests/oracle/matrix.sh --bites
    tests/oracle/matrix.sh --collector --bites || [ $? -eq 77 ]
done
