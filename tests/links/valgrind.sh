#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The tests of libs/links once more under valgrind. Each test is a process of its own there, too:
# most enter a network for good.
# What libnl keeps for good in its constructors looks possibly lost.

O=${O:-build}
command -v valgrind >/dev/null || {
    echo "SKIP: valgrind is not installed"
    exit 77
}

failed=0
for t in "$O"/link-tests/test-*; do
    case $t in
    *.o | *.d) continue ;;
    esac
    echo "== $(basename "$t")"
    # Some tests are made shorter by this, see net_times().
    SLOW_TOOL=1 CK_DEFAULT_TIMEOUT=120 valgrind -q --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite --trace-children=no "$t" || {
        echo "FAILED: $(basename "$t") (exit status $?)"
        failed=1
    }
done
exit $failed
