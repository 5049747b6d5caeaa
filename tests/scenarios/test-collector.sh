#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The scripted scenarios with the collector.

O=$(cd "${O:-build}" && pwd) || exit 1
scratch=$(mktemp -d) || exit 1
collector_pid=
cleanup() {
    trap - EXIT
    [ -z "$collector_pid" ] || kill "$collector_pid" 2>/dev/null
    wait
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# shellcheck source=tests/lib/collector.sh
. tests/lib/collector.sh
collector_start "$scratch" >"$scratch/why" || {
    echo "SKIP: $(cat "$scratch/why")"
    exit 77
}
"$O/run-scenarios" -b collector -t "$(collector_tries)"
