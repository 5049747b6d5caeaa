#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tcpestats --all-netns: namespaces with the same connections in them, with and without a name, that
# come and go. In a PID namespace of its own, so that no other program's are seen.
if [ "${CLI_ALONE:-}" != yes ]; then
    unshare -npmf --mount-proc true 2>/dev/null || {
        echo "SKIP: may not make namespaces"
        exit 77
    }
    CLI_ALONE=yes exec unshare -npmf --kill-child --mount-proc -- "$0" "$@"
fi
. tests/tcpestats/lib.sh
ip link set lo up
mount -t tmpfs tmpfs /run
cli_begin

# A pair with the same ports in a namespace of its own, which sends that many bytes and ends with
# descriptor 8 or 7.
device=
start_twin() { # bytes, command to start it by...
    bytes=$1
    shift
    mkfifo "$cli_tmp/fifo$bytes"
    # shellcheck disable=SC2086 # an option and its value
    "$@" sh -c 'ip link set lo up && exec "$@"' - "$O/tests/tcpestats/pair" $device -p 7001 \
        "$bytes" \
        <"$cli_tmp/fifo$bytes" >"$cli_tmp/tuples$bytes" 7>&- 8>&- &
}
await_twin() { # bytes
    eventually [ -s "$cli_tmp/tuples$1" ]
}
near=127.0.0.1:7002-127.0.0.1:7001

run 0 list --all-netns --json
json "no connection anywhere" '.connections == []'
start_twin 1000 unshare -n
exec 8>"$cli_tmp/fifo1000"
await_twin 1000
first=$(pgrep -x pair)
run 0 list -A
prints "NETNS"
check "by the number of its process" grep -qE "^$first +$near  ESTABLISHED" "$out"
run 0 list --netns "$first"
prints "$near"
run 0 list
check "without the option the own one only" sh -c "! grep -q 7001 '$out'"

# This one's connecting end is bound to an interface.
ip netns add blue || cli_skip "may not name a namespace"
device="-d lo" start_twin 2000 ip netns exec blue
exec 7>"$cli_tmp/fifo2000"
await_twin 2000
run 0 list -A --json port:7001
json "two namespaces with the same two ends" '(.connections | length) == 4 and
    ([.connections[].netns] | unique | length) == 2'
json "by a name and by a number" '[.connections[].netns] | unique == ([$first, "blue"] | sort)' \
    --arg first "$first"
run 0 list -A --json $near
json "named by both ends in each" '[.connections[].netns] | sort == ([$first, "blue"] | sort)' \
    --arg first "$first"
run 0 list -A --by port --json
json "groups go over all of them" '.total.connections == 4 and .total.bytes_out == 3000'
run 0 watch -A --json --count 1 --interval 0.1 rport:7001
json "watch names them, too" '[.connections[] | [.netns, .bytes_out]] | sort ==
    ([[$first, 1000], ["blue", 2000]] | sort)' --arg first "$first"
run 0 watch -A --count 1 --interval 0.1 rport:7001
prints "blue 127.0.0.1%lo:7002-127.0.0.1:7001"

# An interface belongs to its namespace.
run 2 list -A "127.0.0.1%nowhere:7002-127.0.0.1:7001"
says "there is no interface 'nowhere'"
run 0 list -A --json "127.0.0.1%lo:7002-127.0.0.1:7001"
json "a connection that is bound to one" '[.connections[].netns] == ["blue"] and
    .connections[0].host.interface == "lo"'

# They come and go. A handle must not keep alive what everybody else has left.
"$cli" watch -A --json --interval 0.2 port:7001 >"$cli_tmp/stream" 2>"$err" 7>&- 8>&- &
pid=$!
has_line() { # what jq finds in a line of the stream
    jq "$1" "$cli_tmp/stream" 2>/dev/null | grep -q true
}
eventually has_line '.connections | length == 4'
exec 8>&-
start_twin 3000 unshare -n
exec 8>"$cli_tmp/fifo3000"
await_twin 3000
eventually has_line 'any(.connections[]; .bytes_out == 3000)'
exec 7>&-
eventually has_line 'any(.closed[]; .netns == "blue")'
ip netns del blue
is_let_go() {
    [ "$(readlink /proc/$pid/fd/* | grep -c '^net:')" -le 3 ]
}
check "the namespace is gone for good" eventually is_let_go
kill $pid
wait $pid
mv "$cli_tmp/stream" "$out"
check "ends are told with their namespaces" jq -es --arg first "$first" \
    '[.[].closed[] | .netns] | unique | contains(["blue", $first])' "$out"
check "and one that came is taken in" jq -es 'any(.[].connections[]; .bytes_out == 3000)' "$out"

# Who may not look.
run 1 list -A -N blue
says "exclude each other"
run 1 show -A $near
says "--all-netns belongs to list, watch"
if command -v capsh >/dev/null; then
    # shellcheck disable=SC2016
    timeout 60 capsh --drop=cap_sys_admin -- -c '"$0" list -A --json' "$cli" >"$out" 2>"$err" 8>&-
    check "without the capability the own one is shown" [ $? = 0 ]
    says "left out"
    json "and nothing of others" '.connections == []'
else
    echo "SKIP: no capsh to do without the capability"
fi
cli_end
