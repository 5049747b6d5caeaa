#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Windows test program, 32-bit, under 64-bit Wine (new WoW64) with our DLL: everything must
# pass.
. tests/lib/wine.sh
wine_private_net "$@"
wine_prefix 32
wine_install
wine_half_open 5999
wine_run 280 "$O/conformance/i386/estats-test.exe" --timeout 250 --verbose
