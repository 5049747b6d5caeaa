#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Windows build under Wine says what the Linux build says: on connections at rest, member for
# member, nulls and reasons included, but for the members that move with time alone. The 32-bit one,
# too, where Wine's 32-bit half is there.

. tests/lib/wine.sh
wine_private_net "$@"
. tests/tcpestats/lib.sh

wine_prefix 64
bits=64
if [ -d "$O/wine32/i386-windows" ]; then
    bits="64 32"
    _wine_cleanup
    wine_prefix 32
fi
trap - INT TERM HUP
runtime=$XDG_RUNTIME_DIR
cli_begin
trap 'cli_cleanup; _wine_cleanup' EXIT
export XDG_RUNTIME_DIR="$runtime"

windows() { # arguments
    timeout -k 5 120 wine "$exe" "$@" >"$cli_tmp/windows" 2>"$err" 9>&-
    cli_code=$?
    # The unix side of the text mode of some versions writes CR LF.
    tr -d '\r' <"$cli_tmp/windows" >"$out"
}

# From 9.17 on Wine's tables hold the connections of its own programs; those here are the host's.
wine_version=$(wine --version 2>/dev/null | sed 's/^wine-//; s/[^0-9.].*//')
if [ "$(printf '%s\n9.17\n' "$wine_version" | sort -V | head -n 1)" = 9.17 ]; then
    lists_host=false
else
    lists_host=true
fi

# list, and what it says of what it cannot list.
list_is_right() { # port of a connection of the host, what else is true of its one line
    windows list --json
    check "$bit: list works" [ $cli_code = 0 ]
    json "$bit: list has what it can" "[.connections[] | select(.local.port == \$port)] |
        if \$all then length == 1 and (.[0] | $2) else length == 0 end" \
        --argjson port "$1" --argjson all $lists_host
    windows list
    check "$bit: list says what it cannot have" [ "$(grep -c 'its own programs only' "$err")" = \
        "$([ $lists_host = true ] && echo 0 || echo 1)" ]
}

# The class members that an idle connection's clock moves, as jq's paths.
clock_driven() {
    "$cli" fields --json |
        jq '[.fields[] | select(.clock_driven) | [.class, .member]]'
}

without_clock='(.connections[] | .classes) |= reduce $clock[] as [$c, $m] (.;
    if .[$c] then .[$c].members |= (.[$m] |= (if . == null then null else "moves" end)) else . end)'

# Both builds about the same thing.
same() { # what, arguments of show
    what=$1
    shift
    "$cli" show "$@" --json >"$cli_tmp/linux.json" 9>&-
    linux_code=$?
    windows show "$@" --json
    check "$bit: $what: exit codes" [ "$linux_code" = "$cli_code" ]
    jq --argjson clock "$clock" -S "$without_clock" "$cli_tmp/linux.json" >"$cli_tmp/a"
    jq --argjson clock "$clock" -S "$without_clock" "$out" >"$cli_tmp/b"
    check "$bit: $what: 108 members" [ "$(jq '[.connections[0].classes[].members | length] | add' \
        "$cli_tmp/b")" = "${members:-108}" ]
    check "$bit: $what" diff "$cli_tmp/a" "$cli_tmp/b"
}

# In place on a console, ended by the key.
ctrl_c() {
    if ! command -v script >/dev/null; then
        echo "SKIP: no script(1), so no console"
        return
    fi
    {
        tries=200
        until "$cli" list "$near" --json |
            jq -e '.connections[0].enabled ==
                ["Data", "SndCong", "Path", "SendBuff", "Rec", "ObsRec", "FineRtt"]'; do
            tries=$((tries - 1))
            [ $tries -gt 0 ] || break
            sleep 0.1
        done >"$cli_tmp/enabled"
        tail -n 1 "$cli_tmp/enabled" >"$cli_tmp/was-on"
        sleep 1
        printf '\003'
        sleep 2
    } 9>&- | TERM=xterm timeout -k 5 60 script -qec "stty rows 12 cols 100
        exec wine $exe watch $near --interval 0.2" /dev/null >"$out" 2>"$err" 9>&-
    check "$bit: Ctrl-C is a normal end" [ $? = 0 ]
    check "$bit: it was on meanwhile" grep -q true "$cli_tmp/was-on"
    prints "RTT ms"
    run 0 list "$near" --json
    json "$bit: Ctrl-C: all is off again" '.connections[0].enabled == []'
}

exe=$O/windows/x86_64/tcpestats.exe
bit="stock 64-bit"

# Wine as it comes: what to do is said.
cli_pair 5000 777
windows --version
check "$bit: the version" [ "$(cat "$out")" = "tcpestats $(cat VERSION)" ]
windows show "$near"
check "$bit: not supported" [ $cli_code = 4 ]
says "wine-estats install"
windows fields --json
check "$bit: no sources" [ $cli_code = 4 ]
json "$bit: an error object" '.error.exit == 4'
list_is_right "${far##*:}" '.state == "ESTABLISHED" and .enabled == null'

wine_install >"$cli_tmp/install" 2>&1

for bit in $bits; do
    [ "$bit" = 64 ] && exe=$O/windows/x86_64/tcpestats.exe || exe=$O/windows/i386/tcpestats.exe
    bit="$bit-bit"
    clock=$(clock_driven)

    cli_pair 5000 777
    same "all off" "$near"
    windows enable "$near"
    check "$bit: enable" [ $cli_code = 0 ]
    check "$bit: it says what it did" [ "$(cat "$out")" = \
        "$near: enabled Data, SndCong, Path, SendBuff, Rec, ObsRec, Bandwidth, FineRtt" ]
    run 0 list "$near" --json
    json "$bit: Linux sees what Windows enabled" '.connections[0].enabled | length == 8'
    same "all on" "$near"
    json "$bit: the numbers are there" '.connections[0].classes.Data.members |
        .DataBytesOut == 5000 and .DataBytesIn == 777 and .SoftErrorReason == null'
    run 0 enable "$far" Data Bandwidth
    same "enabled from Linux, the accepting end" "$far"
    windows disable "$near" Path
    same "one off" "$near"
    members=18 same "some classes" "$near" Data FineRtt

    # More than trifles, so that minima and maxima differ.
    cli_pair 30000000 2000000
    run 0 enable "$near"
    run 0 enable "$far"
    same "after megabytes" "$near"
    same "after megabytes, the accepting end" "$far"

    cli_pair -6 1234 56
    run 0 enable "$near"
    same "IPv6" "$near"
    cli_pair -m 1234 56
    windows enable "$far"
    same "v4-mapped" "$far"
    if ip -6 addr show dev est0 2>/dev/null | grep -q fe80::e57:1; then
        cli_pair -l fe80::e57:1%est0 12 34
        run 0 enable "$near"
        # An interface's name is the system's own affair, so by conditions.
        port=${near%]:*-*}
        port=${near#"$port"]:}
        port=${port%%-*}
        [ $lists_host = false ] || same "link-local" "addr:fe80::e57:1,lport:$port"
        # As Linux calls it, and no table of Wine's is needed for that.
        windows show "$near" Data --json
        check "$bit: link-local by name" [ $cli_code = 0 ]
        json "$bit: link-local by name: the state" '.connections[0].state == "ESTABLISHED"'
    fi

    # The rest of the program.
    windows show 127.0.0.1:1-127.0.0.1:2 --json
    check "$bit: not found" [ $cli_code = 2 ]
    json "$bit: not found is an error object" '.error.exit == 2'
    cli_pair 1 1
    cli_unpair
    for end in "$near" "$far"; do
        windows show "$end"
        check "$bit: closed: exit code" [ $cli_code = 2 ]
        says "has closed"
        run 2 show "$end"
        says "has closed"
    done
    cli_pair 1 1
    list_is_right "${far##*-*:}" '.enabled == []'
    # Whether the owner is not known or has none, it is no empty success.
    windows show process:tcpestats.exe
    case $cli_code in
    2) passed ;;
    4) says "owner unknown" ;;
    *) failed "$bit: owner unknown: exit code $cli_code" ;;
    esac
    "$cli" fields --json >"$cli_tmp/linux.json"
    windows fields --json
    check "$bit: fields" diff "$cli_tmp/linux.json" "$out"
    windows watch "$near" --json --count 2 --interval 0.3
    check "$bit: watch" [ "$cli_code $(wc -l <"$out")" = "0 2" ]
    json "$bit: rates" '.connections[0] | .rate_out == 0 and .bytes_out == 1 and .rtt_us > 0'
    run 0 list "$near" --json
    json "$bit: watch switched off what it had switched on" '.connections[0].enabled == []'
    ctrl_c
done

case $bits in
*32*) ;;
*) echo "SKIP: no 32-bit Wine in $O/wine32, so no 32-bit program" ;;
esac
cli_end
