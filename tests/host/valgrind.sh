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

one() { # test
    echo "== $(basename "$1")"
    # Some tests are made shorter by this, see net_times().
    SLOW_TOOL=1 CK_FORK=no valgrind -q --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite,possible --trace-children=no "$1" || {
        echo "FAILED: $(basename "$1") (exit status $?)"
        return 1
    }
}

if [ "${1:-}" = --one ]; then
    out=$(one "$2" 2>&1)
    status=$?
    echo "$out"
    exit $status
fi

# A processor for each. One of them waits for a lock that others may hold for a bounded time only:
# it comes alone.
alone=$O/host/test-memory-login
for t in "$O"/host/test-*; do
    case $t in
    *.o | *.d | "$alone") ;;
    *) echo "$t" ;;
    esac
done | xargs -n 1 -P "$(nproc)" "$0" --one
failed=$?
one "$alone" && [ $failed -eq 0 ]
