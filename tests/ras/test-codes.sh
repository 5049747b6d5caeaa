#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Windows test program under Wine with our DLL, 64- and 32-bit: with no connection, with one,
# and with more than cross the unix call at a time. Everything must pass.

. tests/lib/wine.sh
wine_private_sys "$@"
wine_private_net "$@"
. tests/ras/lib.sh
which_bits
wine_install >/dev/null
rig_begin

run() { # bits, connections
    local arch=x86_64
    [ "$1" = 64 ] || arch=i386
    wine_run 120 "$O/ras/$arch/ras-test.exe" --timeout 100 >"$wine_tmp/raw" 2>&1
    check "$1-bit, $2 connections" [ $? -eq 0 ]
    tr -d '\r' <"$wine_tmp/raw" >"$wine_tmp/out"
    check "$1-bit: it saw them" grep -q "^$1-bit program.* $2 connections" "$wine_tmp/out"
    # What cannot be asked without a connection is asked with one.
    grep -vE '^SKIP: .*(no|more than one) connection' "$wine_tmp/out"
}

for b in $bits; do
    run "$b" 0
done
rig make tun0
rig up tun0
rig arrive tun0 3 100
for b in $bits; do
    run "$b" 1
    rig arrive tun0 3 100
done
for i in $(seq 1 69); do
    rig make "vpn$i"
    rig up "vpn$i"
done
for b in $bits; do
    run "$b" 70
done
finish
