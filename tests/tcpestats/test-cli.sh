#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The commands over real connections: what they print, their exit codes, what they say when they
# fail.

. tests/tcpestats/lib.sh
cli_private_net "$@"
cli_begin

# Usage.
run 0 --version
check "the version is the tree's" [ "$(cat "$out")" = "tcpestats $(cat VERSION)" ]
run 0 --help
for command in list show enable disable watch links fields; do
    prints "$command "
done
run 1
says "see tcpestats --help"
run 1 nonsense
says "no command 'nonsense'"
run 1 list --nonsense
says "no option '--nonsense'"
run 1 list --json=1
says "takes no value"
run 1 show
says "usage: tcpestats show CONNECTION"
run 1 show 127.0.0.1:1
says "selects no connection"
run 1 show 127.0.0.1:1-127.0.0.1:65536
says "1 to 65535"
run 1 watch --interval 0
run 1 watch --interval nan
run 1 watch --interval
says "needs a value"
run 1 watch --count -1
run 1 watch --count 0
run 1 list --count 3
says "belong to watch"
run 1 --json nonsense
json "a failure is JSON, too" '.schema == "tcpestats/1" and .error.exit == 1'

# Nothing there.
run 0 list --json
json "an empty namespace has no connections" '.connections == []'
run 0 links --json
json "and no links" '.command == "links" and .links == []'
run 2 links tun0
says "no connected link 'tun0'"
run 2 links tun0 --json
json "which is an error object" '.command == "links" and .error.exit == 2'
run 2 list port:1
run 2 show 127.0.0.1:1-127.0.0.1:2
says "tcpestats list"
run 2 show 127.0.0.1:1-127.0.0.1:2 --json
json "not found is an error object" '.command == "show" and .error.exit == 2'
check "stdout has no message" sh -c "! grep -q tcpestats: '$out'"
run 2 enable port:1
run 2 watch 127.0.0.1:1-127.0.0.1:2 --count 1
run 2 watch port:1 --count 1 --interval 0.05
run 2 show '[fe80::1%nosuch0]:1-[fe80::2]:2'
says "no interface 'nosuch0'"

# One connection, IPv4.
cli_pair 5000 777
run 0 list
prints "$near  ESTABLISHED"
prints "$far  ESTABLISHED"
prints "pair($cli_pair_pid)"
run 0 list --json
json "both ends are listed with their owner" \
    '(.connections | length) == 2 and all(.connections[]; .state == "ESTABLISHED" and
    .enabled == [] and .host.processes == [{pid: $pid, name: "pair"}])' \
    --argjson pid "$cli_pair_pid"

run 0 show "$near" --json
json "a class that is off says so" '.connections[0].classes.Data |
    .enabled == false and .members.DataBytesOut == null and
    .unknown.DataBytesOut == "collection is off"'
json "SynOpts is always on" '.connections[0].classes.SynOpts |
    .enabled and .members.ActiveOpen == true and .members.MssSent > 500'
json "all nine classes and 108 members" '.connections[0].classes | length == 9 and
    ([.[].members | length] | add) == 108'
run 0 show "$near"
prints "Data: off"
prints "tcpestats enable $near"

run 1 enable "$near" SynOpts
says "no switch"
run 1 enable "$near" Nonsense
says "no class 'Nonsense'"
run 0 enable "$near" data SNDCONG
check "it says what it did" [ "$(cat "$out")" = "$near: enabled Data, SndCong" ]
run 0 list --json "$near"
json "two classes are on" '.connections[0].enabled == ["Data", "SndCong"]'
run 0 list --json "$far"
json "the other end is another connection" '.connections[0].enabled == []'
run 0 enable "$near" --json
json "all eight classes" '.connections[0].enabled == ["Data", "SndCong", "Path", "SendBuff", "Rec",
    "ObsRec", "Bandwidth", "FineRtt"]'
run 0 show "$near" --json
json "bytes are the program's" '.connections[0].classes.Data.members |
    .DataBytesOut == 5000 and .DataBytesIn == 777 and .ThruBytesAcked == 5000 and
    .ThruBytesReceived == 777'
json "names and ports" '.connections[0] | "\(.local.address):\(.local.port)-\(.remote.address):\(
    .remote.port)" == $near' --arg near "$near"
json "null exactly where there is a reason" '.connections[0].classes | all(.[];
    [.members | to_entries[] | select(.value == null) | .key] == (.unknown | keys_unsorted))'
json "numbers are whole, flags are flags" '[.connections[0].classes[].members[]] |
    all(. == null or . == true or . == false or (. == floor and . >= 0))'
json "both directions of Bandwidth are on" '.connections[0].classes.Bandwidth |
    .enabled and .enabled_outbound and .enabled_inbound'
json "what has no source is unknown" '.connections[0].classes.Data |
    .members.SoftErrorReason == null and .unknown.SoftErrorReason == "no source on this kernel"'
json "show has nothing of the host's" '.connections[0] | has("host") | not'
run 0 show "$near" Data FineRtt --json
json "only the classes asked for" '.connections[0].classes | keys == ["Data", "FineRtt"]'
run 0 show "$near" Data
check "members have units" grep -qE '^ +DataBytesOut +5000  bytes$' "$out"
check "unknown is a dash" grep -qE '^ +SoftErrorReason +-$' "$out"
run 0 show -v "$near" Data
check "verbose tells the source" grep -qE \
    '^ +DataBytesOut +5000  bytes +(exact|derived|approximate)  .*tcpi_' "$out"
check "verbose tells the reason" grep -qE '^ +SoftErrorReason +-  +no source on this kernel' "$out"

run 0 disable "$near" Data
check "it says what it did" [ "$(cat "$out")" = "$near: disabled Data" ]
run 0 show "$near" Data --json
json "off again" '.connections[0].classes.Data.enabled == false'
run 0 disable "$near"
run 0 list "$near" --json
json "all off" '.connections[0].enabled == []'

# Selections.
port=${near%%-*}
port=${port##*:}
run 0 list "lport:$port" --json
json "one end has the local port" '.connections | length == 1 and .[0].local.port == $port' \
    --argjson port "$port"
run 0 list "rport:$port" --json
json "the other has it as the remote one" '.connections | length == 1 and
    .[0].remote.port == $port' --argjson port "$port"
run 0 list "port:$port,addr:127.0.0.1" --json
json "either end" '.connections | length == 2'
run 0 list "pid:$cli_pair_pid" --json
json "the process has both" '.connections | length == 2'
run 0 list process:pair "$near" --json
json "selections add up, without duplicates" '.connections | length == 2'
run 0 enable process:pair Rec
check "each connection is labelled" [ "$(sort "$out")" = "$(printf '%s\n' "$near: enabled Rec" \
    "$far: enabled Rec" | sort)" ]
run 0 show process:pair Rec --json
json "show shows all" '.connections | length == 2 and all(.[]; .classes.Rec.enabled)'
run 2 list pid:4194304
says "no such process"
run 2 list process:nosuchprocess
run 2 show "pid:$$"
says "no TCP connection matches"
run 2 list "$near" 127.0.0.1:1-127.0.0.1:2 --json
json "found and not found: both are told" '(.connections | length) == 1 and .error.exit == 2'

# Another user's view of who owns what. (In a user namespace there is nobody else.)
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
    cp "$cli" "$cli_tmp/tcpestats"
    chmod 755 "$cli_tmp" "$cli_tmp/tcpestats"
    as_nobody() {
        setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR \
            "$cli_tmp/tcpestats" "$@" >"$out" 2>"$err" 9>&-
        cli_code=$?
    }
    as_nobody list "pid:$cli_pair_pid"
    check "owner unknown is not permitted" [ $cli_code = 3 ]
    says "owner unknown"
    as_nobody show process:pair --json
    check "owner unknown by name, too" [ $cli_code = 3 ]
    json "owner unknown in JSON" '.error.exit == 3 and (.error.message | contains("owner unknown"))'
    as_nobody list --json
    check "list works" [ $cli_code = 0 ]
    json "owners are unknown there" '.connections | length == 2 and all(.[];
        .host.processes == null and .host.unknown == "owner unknown")'
    as_nobody show "$near" SynOpts --json
    json "anybody may read" '.connections[0].classes.SynOpts.members.ActiveOpen == true'
else
    echo "SKIP: cannot become another user"
fi

# Its process has closed it, the other end has not.
cli_unpair
run 2 show "$near"

# IPv6.
cli_pair -6 10 20
check "the label is the kernel's" [ "${near#\[::1\]:}" != "$near" ]
run 0 enable "$near" Data
run 0 show "$near" Data --json
json "IPv6 bytes" \
    '.connections[0].classes.Data.members | .DataBytesOut == 10 and .DataBytesIn == 20'
run 0 list addr:::1 --json
json "by address" '.connections | length == 2'
cli_pair -m 30 40
far4=$(echo "$near" | sed 's/\(.*\)-\(.*\)/\2-\1/')
run 0 enable "$far4" Data
run 0 show "$far" Data --json
json "the accepting end is found in both spellings, shown in one" '.connections[0] |
    .local.address == "127.0.0.1" and .classes.Data.members.DataBytesIn == 30'

# Link-local, with a zone.
if ip link add cl0 type veth peer name cl1 2>/dev/null; then
    ip link set cl0 addrgenmode none && ip link set cl1 addrgenmode none
    ip link set cl1 up && ip link set cl0 up
    ip -6 addr add fe80::c1:1/64 dev cl0 nodad
    cli_pair -l fe80::c1:1%cl0 5 6
    check "the tuple has a zone" [ "${near#*%cl0}" != "$near" ]
    run 0 list
    prints "$near  ESTABLISHED"
    run 0 enable "$near" Data
    run 0 show "$near" Data --json
    json "link-local bytes" '.connections[0] | .local.address == "fe80::c1:1" and
        .classes.Data.members.DataBytesOut == 5'
    run 0 list addr:fe80::c1:1%cl0 --json
    json "by address and zone" '.connections | length == 2 and .[0].host.interface == "cl0"'
    run 2 list addr:fe80::c1:1%cl1
else
    echo "SKIP: no veth interface, so no link-local addresses"
fi

# The coverage table.
run 0 fields --json
json "108 members, each with a source" '.fields | length == 108 and all(.[];
    .class and .member and .unit and .kind and .source and (.clock_driven | type == "boolean") and
    (.fidelity | IN("exact", "derived", "approximate", "unavailable", "reserved")))'
json "RFC 4898 objects in full" '.fields[] | select(.member == "DataBytesOut") |
    .rfc4898 == "tcpEStatsPerfDataOctetsOut"'
run 0 fields finertt
check "one class only" [ "$(wc -l <"$out")" = 5 ]

# Output that cannot be written.
if [ -c /dev/full ]; then
    "$cli" fields >/dev/full 2>"$err"
    check "a full disk is noticed" [ $? = 5 ]
    says "cannot write the output"
fi

cli_end
