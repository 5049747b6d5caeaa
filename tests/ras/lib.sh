# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # variables of tests/lib/wine.sh
#
# For the tests of rasapi32.dll: TUN links under the script's hand, and Windows programs that answer
# questions about them. To be sourced after wine_prefix.

. tests/lib/check.sh

# Both ends of a program's talk as descriptors of ours: $1 for what we say, $2 for what it says.
talk() { # to, from, program...
    local to=$1 from=$2 pipes
    shift 2
    pipes=$(mktemp -d "$wine_tmp/talk.XXXXXX")
    mkfifo "$pipes/to" "$pipes/from"
    # None of our own ends: it would never see the end of what we say.
    ras_start "$@" <"$pipes/to" >"$pipes/from" 2>"$pipes/err" &
    eval "exec $to>\"\$pipes/to\" $from<\"\$pipes/from\""
    # shellcheck disable=SC2034 # for who wants to know
    talk_err=$pipes/err
}

ras_start() {
    exec 20>&- 21<&- 22>&- 23<&- 24>&- 25<&-
    exec "$@"
}

say() { # to, from, words...: what it answers, in $answer
    local to=$1 from=$2
    shift 2
    answer=
    echo "$*" >&"$to"
    IFS= read -r -t 60 answer <&"$from" || answer='no answer'
    answer=${answer%$'\r'}
}

rig_begin() {
    ip tuntap add probe0 mode tun 2>/dev/null || wine_skip "may not make a TUN link here"
    ip link del probe0
    talk 20 21 "$O/ras/rig"
}

rig() { # command, see rig.c
    say 20 21 "$@"
    [ "$answer" = ok ] || {
        echo "the rig at '$*': $answer"
        cat "$wine_tmp"/talk.*/err
        exit 1
    }
}

# agent 64 and agent 32 are two programs.
agent_begin() { # bits
    case $1 in
    64) talk 22 23 timeout -k 5 250 wine "$O/ras/x86_64/ras-agent.exe" ;;
    32) talk 24 25 timeout -k 5 250 wine "$O/ras/i386/ras-agent.exe" ;;
    esac
}

agent() { # bits, command, see windows/agent.c
    case $1 in
    64) say 22 23 "${@:2}" ;;
    32) say 24 25 "${@:2}" ;;
    esac
}

# The handle of a link, "" when it is not listed.
handle() { # bits, name
    agent "$1" list
    tr ';' '\n' <<<"$answer" | sed -n "s/^\([0-9a-f]*\) $2 .*/\1/p"
}

# What the program is told: bytes and frames out and in.
traffic() { # bits, handle
    agent "$1" get "$2"
    # shellcheck disable=SC2086
    set -- $answer
    [ "$1" = error ] && echo "$answer" || echo "$1 $2 $3 $4"
}

# The same in the words of iproute2.
ip_traffic() { # name
    ip -j -s link show dev "$1" | jq -r '.[0].stats64 |
        "\(.tx.bytes) \(.rx.bytes) \(.tx.packets) \(.rx.packets)"'
}

which_bits() {
    bits=64
    if [ -d "$O/wine32/i386-windows" ]; then
        bits="64 32"
        wine_prefix 32
    else
        echo "SKIP: 32-bit: no Wine files in $O/wine32"
        wine_prefix 64
    fi
}
