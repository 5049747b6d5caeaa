#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Ten thousand ends a second for a minute: log tells each, or says how many it has lost.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin
trap 'kill ${logger:-} 2>/dev/null; cli_cleanup' EXIT
connections=300000 pace=5000

"$cli" log --csv >"$cli_tmp/log" 2>"$err" 9>&- &
logger=$!
sleep 1
begin_cpu=$(awk '{ print $14 + $15 }' "/proc/$logger/stat")
"$O/tests/tcpestats/ends" $connections $pace >"$cli_tmp/made"
sleep 3
used=$(($(awk '{ print $14 + $15 }' "/proc/$logger/stat") - begin_cpu))
read -r made took <"$cli_tmp/made"
kill $logger
wait $logger
check "it ends well" [ $? = 0 ]
# The last column is how many were lost, in a line of its own.
told=$(sed 1d "$cli_tmp/log" | grep -c ',0$')
lost=$(awk -F, 'NR > 1 { lost += $NF } END { print lost + 0 }' "$cli_tmp/log")
echo "$made connections in $took ms, $((made * 2)) ends, $told told, $lost lost," \
    "$used hundredths of a second of processor time"
check "the pace was kept" [ "$took" -lt 75000 ]
check "each is told, or counted" [ $((told + lost)) -ge $((made * 2)) ]
check "none twice" [ "$told" -le $((made * 2)) ]
# shellcheck disable=SC2016 # for the inner shell
check "and says at its end how many were lost" sh -c \
    '[ "$1" = 0 ] || grep -q "$1 ends were lost" "$2"' sh "$lost" "$err"
if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
    check "root loses none" [ "$lost" = 0 ]
fi
cli_end
