#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make demo builds what it shows and no more, on all processors: on a fresh machine that is most of
# what one waits for. Nothing is built here.

# shellcheck source=tests/install/lib.sh
. tests/install/lib.sh

# What make would do in an empty directory.
would() { # goal
    make -n "O=$tmp/none" "$1" >"$tmp/out" 2>&1
}

lacks() {
    ! says "$1"
}

would demo-build
for needed in tcpestats windows/x86_64/tcpestats.exe windows/i386/tcpestats.exe path-relay \
    path-xfer wine/x86_64-windows/wineestats.dll shim/i386/iphlpapi.dll \
    marker/x86_64/rasapi32.dll; do
    check "$needed is built for it" says "$tmp/none/$needed"
done
for other in conformance ras/ kill scenarios oracle selftest shim-test asan gen-fields \
    libtcpestats.so; do
    check "$other is not" lacks "$tmp/none/$other"
done
would demo
check "it builds on all processors" says "-j$(nproc) wine32 demo-build"
check "and installs nothing for tests" lacks "install-deps build collector test"
finish
