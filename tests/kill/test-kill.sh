#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Threads terminated in mid-call under Wine, 64-bit: for a few seconds, or for KILL_SECONDS.
. tests/lib/wine.sh
wine_private_net "$@"
wine_prefix 64
wine_install
wine_run $((${KILL_SECONDS:-4} + 60)) "$O/kill/kill-test.exe" "${KILL_SECONDS:-4}"
