# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# A collector for a test, nobody else's. To be sourced from the top of the checkout, with $O set.
#
#   collector_start DIRECTORY    starts one there, as $collector_pid, and points the library at it.
#                                False after a line that says why where there can be none
#   collector_missed             how often a hook has counted nothing so far: the kernel passes it
#                                over where the same program runs on that CPU already, and the hook
#                                itself gives up where the record is busy for too long
#   collector_blind              true where the kernel hides its first process, runs no hook in its
#                                context and counts none of them as missed (docs/collector.md)
#   collector_tries              how often what needs every hook is tried: once, there three times

collector_start() {
    _daemon=$O/tcpestatsd/tcpestatsd
    [ -x "$_daemon" ] || {
        echo "the collector is not built here"
        return 1
    }
    mkdir -p "$1/run" && chmod 755 "$1" "$1/run" || return 1
    "$_daemon" --socket="$1/run/socket" 2>"$1/daemon.log" </dev/null &
    collector_pid=$!
    _tries=600
    until "$_daemon" --socket="$1/run/socket" --status >/dev/null 2>&1; do
        _tries=$((_tries - 1))
        if [ $_tries -eq 0 ] || ! kill -0 "$collector_pid" 2>/dev/null; then
            echo "no collector on this machine: $(tail -n 1 "$1/daemon.log")"
            return 1
        fi
        sleep 0.1
    done
    export TCPESTATS_COLLECTOR="$1/run/socket"
}

collector_missed() {
    "$O/tcpestatsd/tcpestatsd" --socket="$TCPESTATS_COLLECTOR" --status |
        sed -n 's/^events lost *//p'
}

collector_blind() {
    [ "$(id -u)" = 0 ] && ! cat /proc/1/syscall >/dev/null 2>&1
}

collector_tries() {
    if collector_blind; then echo 3; else echo 1; fi
}
