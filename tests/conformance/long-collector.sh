#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Windows test programs, 64- and 32-bit, with a collector: it is no reason for another answer.
. tests/lib/wine.sh
# shellcheck source=tests/lib/collector.sh
. tests/lib/collector.sh
wine_private_net "$@"

collector_pid=
failed=0
conformance() { # architecture
    wine_run 580 "$O/conformance/$1/estats-test.exe" --timeout 550 --verbose || failed=1
}

if [ -d "$O/wine32/i386-windows" ]; then
    wine_prefix 32
    arches='x86_64 i386'
else
    echo "SKIP: no 32-bit Wine files in $O/wine32"
    wine_prefix 64
    arches=x86_64
fi
trap '[ -z "$collector_pid" ] || kill "$collector_pid"; _wine_cleanup' EXIT
collector_start "$wine_tmp/collector" >"$wine_tmp/why" || wine_skip "$(cat "$wine_tmp/why")"
wine_install
for arch in $arches; do
    conformance "$arch"
done
# That it was there, and asked, to the end.
"$O/tcpestatsd/tcpestatsd" --socket="$TCPESTATS_COLLECTOR" --status || failed=1
exit $failed
