#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sets up a network namespace and a Wine prefix and runs $O/estats-bench in them; the table goes to
# $O/bench.txt. Without Wine, or without its 32-bit half, what is left is measured.

O=${O:-build}
if [ "${1:-}" != --inside ]; then
    unshare -nm true 2>/dev/null && flags=-nm || flags=-Urnm
    exec unshare "$flags" -- "$0" --inside
fi
shift
table=$O/bench.txt

if command -v wine >/dev/null && command -v wineserver >/dev/null && [ -x tools/wine-estats ]; then
    . tests/lib/wine.sh
    if [ -d "$O/wine32/i386-windows" ]; then
        wine_prefix 32
        set -- --win64 wine "$O/bench/winget64.exe" --win32 wine "$O/bench/winget32.exe"
    else
        wine_prefix 64
        set -- --win64 wine "$O/bench/winget64.exe"
        echo "SKIP: no 32-bit Wine files in $O/wine32"
    fi
    wine_install
    wine wineboot >/dev/null 2>&1
    # With another TMPDIR there is another server, which knows only what this one has written.
    wineserver -k && wineserver -w
else
    echo "SKIP: no Wine, so nothing is measured through the DLL"
fi

# What is remembered lies where it does for users: /run, and with it /run/user, is memory.
state=$(mktemp -d "${TMPDIR:-/tmp}/estats-bench.XXXXXX") || exit 1
if mount -t tmpfs -o mode=700 tmpfs "$state"; then
    mkdir -m 700 "$state/run"
    export XDG_RUNTIME_DIR="$state/run"
else
    echo "SKIP: no tmpfs can be mounted here: what is remembered lies on a disk"
fi

export TCPESTATSD="${TCPESTATSD-$O/tcpestatsd/tcpestatsd}"
# So that there are some to be asked about a connection that is not there.
ip link add bench0 type veth peer name bench1 && ip link add bench2 type veth peer name bench3
TMPDIR=$state "$O/estats-bench" "$table" "$O/tcpestats" "$@"
status=$?
if [ -x "$O/collector-bench" ]; then
    "$O/collector-ready" "$table" "$TCPESTATSD" && "$O/collector-bench" "$table" || status=1
else
    echo "SKIP: the collector is not built, so what it costs is not measured"
fi
umount "$state" 2>/dev/null
rmdir "$state"
echo "The table is in $table."
exit $status
