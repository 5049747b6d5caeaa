#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Selection by user and control group, and tcpestats list --by: totals of connections for which
# nothing is switched on.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin

# A pair that somebody else's words begin: a user, or a control group.
start_as() { # command to start it by...
    cat >"$cli_tmp/as" <<END
#!/bin/sh
$*
exec "$O/tests/tcpestats/pair" "\$@"
END
    chmod 755 "$cli_tmp" "$cli_tmp/as"
    cli_pair_program=$cli_tmp/as
}

# ---- Groups ----

cli_pair -n 3 1000 50
port=${near##*:}
run 0 list --by port --json
json "one service, told by who was called" '.command == "list" and .by == "port" and
    (.groups | length) == 1 and .groups[0].group == $port' --arg port "$port"
json "six ends, three of which sent 1000 bytes and three 50" '.total.connections == 6 and
    .total.bytes_out == 3150 and .total.bytes_in == 3150 and .groups[0].bytes_out == 3150'
json "round-trip times in order" '.total.rtt_us | .p50 > 0 and .p50 <= .p90 and .p90 <= .p99 and
    .p99 <= .max'
json "nothing is retransmitted on loopback" '.total.retransmissions == 0 and
    .total.data_segments_out > 0'
run 0 list --json
json "and nothing was switched on for that" 'all(.connections[]; .enabled == [])'
run 0 list --by port --json "lport:$port"
json "a selection: the called ends" '.total.connections == 3 and .total.bytes_out == 150 and
    .total.bytes_in == 3000 and .groups[0].group == $port' --arg port "$port"
run 0 list --by process
prints " pair"
prints " total"
check "a heading, a group and the total" [ "$(wc -l <"$out")" = 3 ]
prints "0.00%"
run 0 list --by remote --json
json "one remote address" '[.groups[].group] == ["127.0.0.1"]'
run 2 list --by remote port:1
run 0 list --by process --json "$near" "$far"
json "by name" '.groups == [.groups[0]] and .total.connections == 2'
run 1 list --by colour
says "--by takes process, cgroup, remote or port"
run 1 list --by
says "needs a value"
run 1 show --by port "$near"
says "--by belongs to list"
cli_unpair
run 0 list --by process --json
json "nothing is no group" '.groups == [] and .total.connections == 0'

# ---- Users ----

cli_pair
run 0 list "uid:$(id -u)"
prints "$near"
json_uid=$(id -u)
run 0 list "uid:$(id -un)" --json
json "the user is told" 'all(.connections[]; .host.uid == $uid)' --argjson uid "$json_uid"
run 2 list uid:54321
says "no TCP connection matches"
run 2 list uid:no-such-user
says "there is no user 'no-such-user'"
run 2 list uid:99999999999
cli_unpair
if [ "$json_uid" = 0 ] && command -v setpriv >/dev/null; then
    # What setpriv starts has no other way to the program's directory.
    cp "$O/tests/tcpestats/pair" "$cli_tmp/pair"
    start_as "exec setpriv --reuid 54321 --clear-groups '$cli_tmp/pair' \"\\\$@\""
    cli_pair
    run 0 list uid:54321
    prints "$near"
    run 2 list uid:0
    cli_unpair
else
    echo "SKIP: may not become another user"
fi

# ---- Control groups ----

mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
group=tcpestats-test-$$
if [ -n "$mount" ] && mkdir "$mount/$group" "$mount/$group/inner" 2>/dev/null; then
    # shellcheck disable=SC2317
    clean_up() {
        cli_unpair
        eventually rmdir "$mount/$group/inner" "$mount/$group"
        cli_cleanup
    }
    trap clean_up EXIT
    start_as "echo \$\$ >'$mount/$group/inner/cgroup.procs' || exit 1"
    cli_pair
    for path in "/$group/inner" "/$group" "$group/inner/" "/"; do
        run 0 list "cgroup:$path"
        prints "$near"
    done
    run 2 list "cgroup:/$group/inn"
    says "there is no control group"
    mkdir "$mount/$group/other"
    run 2 list "cgroup:/$group/other"
    says "no TCP connection matches"
    rmdir "$mount/$group/other"
    run 0 list --json "cgroup:/$group,uid:$(id -u),port:${near##*:}"
    json "the group is told" 'all(.connections[]; .host.cgroup == $path)' \
        --arg path "/$group/inner"
    run 0 list --by cgroup --json
    json "and grouped by" '[.groups[].group] == [$path]' --arg path "/$group/inner"
    run 0 watch --json --count 1 --interval 0.1 "cgroup:/$group"
    json "watch selects by it" '.connections | length == 2'
else
    echo "SKIP: may not make a control group of version 2"
fi
cli_end
