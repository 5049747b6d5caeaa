#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# tcpestats --netns: two namespaces with the same addresses and ports, seen from a third, named by a
# process, by a path and by the name that ip-netns gave.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin

# A pair with the same ports in a namespace of its own, which sends that many bytes.
start_twin() { # bytes
    mkfifo "$cli_tmp/fifo$1"
    unshare -n -- sh -c 'ip link set lo up && ip link set lo alias twin && exec "$@"' - \
        "$O/tests/tcpestats/pair" -p 7001 "$1" <"$cli_tmp/fifo$1" >"$cli_tmp/tuples$1" &
    twin=$!
}
start_twin 1000
first=$twin
exec 8>"$cli_tmp/fifo1000"
start_twin 2000
second=$twin
exec 7>"$cli_tmp/fifo2000"
name=tcpestats-test-$$
# shellcheck disable=SC2317
clean_up() {
    ip netns del "$name" 2>/dev/null
    exec 7>&- 8>&-
    cli_cleanup
}
trap clean_up EXIT
eventually [ -s "$cli_tmp/tuples1000" ]
eventually [ -s "$cli_tmp/tuples2000" ]
near=127.0.0.1:7002-127.0.0.1:7001
check "both have the same connection" cmp "$cli_tmp/tuples1000" "$cli_tmp/tuples2000"
check "which is this" grep -qx $near "$cli_tmp/tuples1000"

run 0 list
check "here there is none" sh -c "! grep -q 7001 '$out'"
run 2 show $near
run 0 --netns $first list
prints "$near  ESTABLISHED"
prints "pair($first)"
run 0 enable -N $first $near Data
run 0 show -N $first $near Data --json
json "one has its bytes" '.connections[0].classes.Data.members.DataBytesOut == 1000'
run 0 show -N /proc/$second/ns/net $near Data --json
json "the other is another connection" '.connections[0].classes.Data.enabled == false'
run 0 enable -N $second $near Data
run 0 show -N /proc/$second/ns/net $near Data --json
json "with its own bytes" '.connections[0].classes.Data.members.DataBytesOut == 2000'
run 0 show --netns=$first $near Data --json
json "and the first has kept its own" '.connections[0].classes.Data.members.DataBytesOut == 1000'
run 0 watch -N $first -n 1 -i 0.1 --json $near
json "watch looks there, too" '.connections | length == 1'
run 0 fields -N $first Data
run 0 links -N $first --json
json "so do links" '.links == []'
run 0 disable -N $first $near Data
run 0 show -N $second $near Data --json
json "off in one is not off in the other" '.connections[0].classes.Data.enabled == true'

# What is no namespace.
run 2 list --netns no-such-namespace
says "there is no network namespace 'no-such-namespace'"
run 2 list --netns 999999999
run 2 list --netns /nowhere/net
run 2 list --netns ''
run 1 list --netns /dev/null
says "is no network namespace"
run 1 list --netns /proc/self/ns/mnt
run 1 list --netns
says "needs a value"
mkfifo "$cli_tmp/waits"
run 1 list --netns "$cli_tmp/waits"
run 2 list --netns no-such-namespace --json
json "an error object" '.command == "list" and .error.exit == 2'

# The own one takes nothing; another takes the capability.
if command -v capsh >/dev/null; then
    # shellcheck disable=SC2016
    timeout 60 capsh --drop=cap_sys_admin -- -c '"$0" list -N $$' "$cli" >"$out" 2>"$err"
    check "the own namespace takes no capability" [ $? = 0 ]
    # shellcheck disable=SC2016
    timeout 60 capsh --drop=cap_sys_admin -- -c '"$0" list -N "$1"' "$cli" $first >"$out" 2>"$err"
    check "another takes it" [ $? = 3 ]
else
    echo "SKIP: no capsh to do without the capability"
fi

if ip netns attach "$name" $second 2>/dev/null; then
    run 0 show -N "$name" $near Data --json
    json "by the name that ip-netns gave" \
        '.connections[0].classes.Data.members.DataBytesOut == 2000'
else
    echo "SKIP: cannot name a namespace below /run/netns"
fi
cli_end
