#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Killed at each single step; `make check` picks every 24th.
exec tests/wine-estats/test-interrupt.sh 1
