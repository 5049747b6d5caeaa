#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The scripts that people run as root or in their prefixes have no findings, the manual none either.

for tool in shellcheck mandoc; do
    command -v $tool >/dev/null || {
        echo "SKIP: $tool is not installed"
        exit 77
    }
done
failed=0
shellcheck -x tools/wine-estats tools/prefix/*.sh tools/install-deps \
    tools/fetch-wine32 tools/runs-32bit \
    tests/wine-estats/*.sh || failed=1
mandoc -T lint -W warning tools/wine-estats.1 || failed=1
exit $failed
