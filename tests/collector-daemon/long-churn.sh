#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# 10,000 connections and half a minute of hostile clients, with the sanitizers, and then with the
# real programs, where there are some.

O=${O:-build}
failed=0
for daemon in collector-daemon/asan/tcpestatsd tcpestatsd/tcpestatsd; do
    [ -x "$O/$daemon" ] || continue
    case $daemon in
    */asan/*) export ASAN_OPTIONS=detect_leaks=1:exitcode=99 ;;
    *) unset ASAN_OPTIONS ;;
    esac
    echo "== $daemon"
    TCPESTATSD=$O/$daemon CHURN_CONNECTIONS=${CHURN_CONNECTIONS:-10000} \
        CHURN_SECONDS=${CHURN_SECONDS:-30} "$O/collector-daemon/test-churn" || failed=1
    TCPESTATSD=$O/$daemon HOSTILE_SECONDS=${HOSTILE_SECONDS:-30} \
        "$O/collector-daemon/test-hostile" || failed=1
    TCPESTATSD=$O/$daemon "$O/collector-daemon/test-link" || failed=1
    TCPESTATSD=$O/$daemon "$O/collector-daemon/test-link-hard" || failed=1
done
exit $failed
