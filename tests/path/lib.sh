# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# For scripts that need an emulated path. To be sourced from the top of the checkout.
#
#   . tests/path/lib.sh
#   path_root "$@"             go on as root of a user namespace if we are not root
#   path_start SETTING...      a path: $LEFT and $RIGHT before a command run it at that end
#   $LEFT ss -tn
#   path_stop                  ends the path; its counters are in $path_tmp/relay.json
#   path_flow to_right .drops  a number of the first flow in that direction (jq)
#
#   xfer_start NAME $LEFT -- ARGUMENTS...   starts path-xfer, commands by xfer_tell NAME report
#   xfer_wait NAME connected SECONDS        waits for an event and prints it
#
# $path_tmp is removed at exit together with all that was started here.

O=$(mkdir -p "${O:-build}" && cd "${O:-build}" && pwd)
export O
path_pids=

path_skip() {
    echo "SKIP: $*"
    exit 77
}

path_root() {
    [ "$(id -u)" = 0 ] && return 0
    unshare -Ur true 2>/dev/null || path_skip "neither root nor allowed to make a user namespace"
    exec unshare -Ur -- "$0" "$@"
}

# Does this machine let us make namespaces and TUN devices at all?
path_permitted() {
    unshare -n true 2>/dev/null && [ -r /dev/net/tun ] && [ -w /dev/net/tun ] &&
        : 2>/dev/null <>/dev/net/tun
}

_path_cleanup() {
    trap - EXIT
    for _pid in $path_pids; do
        kill "$_pid" 2>/dev/null
    done
    wait
    rm -rf "$path_tmp"
}

path_tmp=$(mktemp -d "${TMPDIR:-/tmp}/estats-path.XXXXXX") || exit 1
trap _path_cleanup EXIT
trap 'exit 130' INT TERM HUP

_path_await() { # file, pattern, seconds
    _tries=$(($3 * 20))
    until grep -q "$2" "$1" 2>/dev/null; do
        _tries=$((_tries - 1))
        [ "$_tries" -gt 0 ] || return 1
        sleep 0.05
    done
}

path_start() {
    rm -f "$path_tmp/relay.json" "$path_tmp/relay.out"
    "$O/path-relay" --report="$path_tmp/relay.json" "$@" >"$path_tmp/relay.out" \
        2>"$path_tmp/relay.err" &
    path_relay=$!
    path_pids="$path_pids $path_relay"
    _path_await "$path_tmp/relay.out" '^left=' 5 || {
        cat "$path_tmp/relay.err" >&2
        return 1
    }
    _left='' _right=''
    eval "$(sed 's/^left=\(.*\) right=\(.*\)/_left=\1 _right=\2/' "$path_tmp/relay.out")"
    # shellcheck disable=SC2034 # for the script that sources this
    LEFT="nsenter --net=$_left" RIGHT="nsenter --net=$_right"
}

path_stop() {
    kill "$path_relay" && wait "$path_relay"
}

path_number() { # jq filter, options for jq
    _filter=$1
    shift
    jq -r "$@" "$_filter" "$path_tmp/relay.json"
}

path_flow() { # direction, member
    jq -r ".$1.flows[0]$2" "$path_tmp/relay.json"
}

# The fifo is held open for reading and writing by its descriptor's owner, path-xfer itself.
xfer_start() { # name, prefix command --, arguments
    _name=$1
    shift
    _prefix=
    while [ "$1" != -- ]; do
        _prefix="$_prefix $1"
        shift
    done
    shift
    # An earlier one of that name must not be taken for this one.
    rm -f "$path_tmp/$_name.fifo" "$path_tmp/$_name.out" "$path_tmp/$_name.err"
    mkfifo "$path_tmp/$_name.fifo"
    # shellcheck disable=SC2086
    $_prefix "$O/path-xfer" "$@" <>"$path_tmp/$_name.fifo" >"$path_tmp/$_name.out" \
        2>"$path_tmp/$_name.err" &
    eval "xfer_pid_$_name=$!"
    path_pids="$path_pids $!"
}

xfer_tell() { # name, command
    echo "$2" 1<>"$path_tmp/$1.fifo"
}

xfer_wait() { # name, event, seconds
    _path_await "$path_tmp/$1.out" "\"event\": \"$2\"" "$3" || {
        echo "path-xfer $1: no \"$2\" within $3 s" >&2
        cat "$path_tmp/$1.err" >&2
        return 1
    }
    grep "\"event\": \"$2\"" "$path_tmp/$1.out" | tail -n 1
}

# Asks for a fresh report and prints it.
xfer_report() { # name
    _had=$(grep -c '"event": "report"' "$path_tmp/$1.out")
    xfer_tell "$1" report
    _tries=100
    until [ "$(grep -c '"event": "report"' "$path_tmp/$1.out")" -gt "$_had" ]; do
        _tries=$((_tries - 1))
        [ "$_tries" -gt 0 ] || return 1
        sleep 0.02
    done
    grep '"event": "report"' "$path_tmp/$1.out" | tail -n 1
}

xfer_end() { # name; its exit status
    xfer_tell "$1" close
    eval "wait \$xfer_pid_$1"
}
