#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The Windows test program, 64-bit, under Wine with our DLL: everything must pass.
. tests/lib/wine.sh
wine_private_net "$@"
wine_prefix 64
wine_install
wine_half_open 5999
wine_run 280 "$O/conformance/x86_64/estats-test.exe" --timeout 250 --verbose
