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
says "--count belongs to watch"
run 1 list -x
says "no option '-x'"
run 1 watch --coun 0
says "--count takes a positive number"
run 0 --vers
run 1 list -- --json
says "'--json' selects no connection"
run 1 --json nonsense
json "a failure is JSON, too" '.schema == "tcpestats/1" and .error.exit == 1'
run 1 list --nonsense --json
json "of an option before --json as well" '.error.message | startswith("there is no option")'

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
    # A /proc that hides what is another user's.
    for hide in 1 2 4; do
        mount -t proc -o hidepid=$hide proc "$cli_tmp/run" 2>"$cli_tmp/check" || {
            echo "SKIP: no second /proc with hidepid=$hide"
            continue
        }
        umount "$cli_tmp/run"
        # shellcheck disable=SC2016 # for the shell inside
        hidden() { # arguments
            unshare -m sh -c 'mount -t proc -o hidepid='$hide' proc /proc && shift && exec setpriv \
                --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR "$@"' \
                sh : "$cli_tmp/tcpestats" "$@" >"$out" 2>"$err" 9>&-
            cli_code=$?
        }
        hidden list
        prints "owner unknown"
        for selection in "pid:$cli_pair_pid" process:pair "pid:$cli_pair_pid,process:pair"; do
            hidden list "$selection"
            check "hidepid=$hide: the owner of $selection is unknown" [ $cli_code = 3 ]
            says "owner unknown"
        done
        hidden list process:nosuchprocess
        check "hidepid=$hide: that there is none cannot be known" [ $cli_code = 3 ]
        hidden list pid:4194304
        check "hidepid=$hide: but of a number it can" [ $cli_code = 2 ]
        # With the last of these that takes every capability that any process has.
        [ $hide = 4 ] || {
            unshare -m sh -c 'mount -t proc -o hidepid='$hide' proc /proc && shift && exec "$@"' \
                sh : "$cli" list process:nosuchprocess >"$out" 2>"$err" 9>&-
            check "hidepid=$hide: root sees all" [ $? = 2 ]
        }
    done
    as_nobody list process:nosuchprocess
    check "without it, it is known" [ $cli_code = 2 ]
    as_nobody list "pid:$cli_pair_pid,process:nosuchprocess"
    check "and that a process has another name" [ $cli_code = 2 ]
    as_nobody show "$near" SynOpts --json
    json "anybody may read" '.connections[0].classes.SynOpts.members.ActiveOpen == true'
else
    echo "SKIP: cannot become another user"
fi

# A chroot or container without /proc: what is missing is named.
without_proc() { # expected exit code, arguments
    without_code=$1
    shift
    unshare -m sh -c 'mount -t tmpfs none /proc && shift && exec "$@"' sh : "$cli" "$@" \
        >"$out" 2>"$err" 9>&-
    check "without /proc: $1 $2" [ $? = "$without_code" ]
}
if unshare -m mount -t tmpfs none /proc 2>/dev/null; then
    without_proc 4 enable "$near" Data
    says "/proc/self/ns/net is missing"
    says "is /proc mounted here?"
    without_proc 4 watch "$near" --count 1
    says "is /proc mounted here?"
    without_proc 0 list "$near"
    prints "owner unknown"
    without_proc 3 list "pid:$cli_pair_pid"
    says "owner unknown"
    without_proc 3 list process:nosuchprocess
    without_proc 2 list pid:4194304
    without_proc 0 show "$near" SynOpts
else
    echo "SKIP: /proc cannot be hidden here"
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

# Names that are somebody else's: of a process, of an interface. Both could give orders to a
# terminal, or turn a line round.
evil=$(printf 'e\033[2J\342\200\256')
harmless() { # what
    check "$1 gives no orders" sh -c "! LC_ALL=C grep -q '[[:cntrl:]]' '$out' '$err'"
    check "$1 keeps its direction" sh -c "! LC_ALL=C grep -q '$(printf '\342\200')' '$out' '$err'"
}
cp "$O/tests/tcpestats/pair" "$cli_tmp/$evil"
cli_pair_program=$cli_tmp/$evil
cli_pair 1 1
run 0 list
harmless "the name of a process"
prints "e?[2J?($cli_pair_pid)"
run 0 list --json
harmless "in JSON it"
json "and is complete there" 'all(.connections[]; .host.processes[0].name == $evil)' \
    --arg evil "$evil"
run 0 list "process:$evil" --json
json "and can be selected" '.connections | length == 2'
cli_pair_program=
if ip link add "$evil" type veth peer name cl3 2>/dev/null; then
    ip link set "$evil" addrgenmode none && ip link set cl3 addrgenmode none
    ip link set cl3 up && ip link set "$evil" up
    ip -6 addr add fe80::c1:2/64 dev "$evil" nodad
    evil_index=$(ip -o link | sed -n 's/^\([0-9]*\): .*@cl3:.*/\1/p')
    cli_pair -l "fe80::c1:2%$evil" 5 6
    run 0 list
    harmless "the name of an interface in list"
    by_number=$(sed -n 's/ .*//; /c1:2%/p' "$out" | head -n 1)
    check "it goes by its number" [ "${by_number#\[fe80::c1:2%"$evil_index"\]}" != "$by_number" ]
    for command in enable show disable; do
        run 0 $command "$by_number" Data
        harmless "the name of an interface in $command"
    done
    run 0 enable "$near" Data
    prints ": enabled Data"
    harmless "and when it was typed"
    run 0 list --json "$by_number"
    harmless "in JSON it"
    json "and is complete there" 'all(.connections[]; .host.interface == $evil)' --arg evil "$evil"
    run 2 show "[fe80::1%$evil-]:1-[fe80::2]:2"
    harmless "in a message it"
    "$cli" watch --interval 0.2 "$near" >"$out" 2>"$err" 9>&- &
    pid=$!
    eventually grep -q ESTABLISHED "$out"
    cli_unpair
    wait $pid
    harmless "the name of an interface in watch"
    prints " closed"
else
    echo "SKIP: no veth interface, so no name of an interface"
fi

# A socket that is bound to an interface has it in its name.
cli_pair -d lo 4000
bound=$(echo "$near" | sed 's/:/%lo:/')
run 0 list
prints "$bound  ESTABLISHED"
run 0 enable "$bound" Data
run 0 show "$bound" Data --json
json "it is found by that name" '.connections[0].classes.Data.members.DataBytesOut == 4000'
run 0 show "$near" Data --json
json "and without, there being no other" '.connections[0].classes.Data.members.DataBytesOut == 4000'
run 0 watch -n 1 -i 0.1 "$bound"
prints "$bound"
run 2 show "$(echo "$far" | sed 's/:/%lo:/')"

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
    says "cannot write the output: No space left on device"
    "$cli" fields --json >/dev/full 2>"$err"
    check "in JSON, too" [ $? = 5 ]
    says "cannot write the output: No space left on device"
    "$cli" --version >/dev/full 2>"$err"
    check "and where little is written" [ $? = 5 ]
    says "cannot write the output: No space left on device"
fi

cli_end
