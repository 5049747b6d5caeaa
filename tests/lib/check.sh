# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# Counts what holds and what does not; says the latter. Who sources it may define tell_more(), for
# what should stand below a failure.

passed=0 failed=0

tell_more() {
    :
}

check() { # what it says of the behaviour, then a command that holds when it is so
    _what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $_what ($*)"
        tell_more
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
