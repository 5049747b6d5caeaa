#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The host library's tests once more under valgrind: it knows uninitialised memory, leaks and lost
# descriptors, which the sanitizers do not. In one process each, so that nothing is hidden by exec.

O=${O:-build}
command -v valgrind >/dev/null || {
    echo "SKIP: valgrind is not installed"
    exit 77
}

failed=0
for t in "$O"/host/test-*; do
    case $t in
    *.o | *.d) continue ;;
    esac
    echo "== $(basename "$t")"
    # Some tests are made shorter by this, see net_times().
    SLOW_TOOL=1 CK_FORK=no valgrind -q --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite,possible --trace-children=no "$t" || {
        echo "FAILED: $(basename "$t") (exit status $?)"
        failed=1
    }
done
exit $failed
