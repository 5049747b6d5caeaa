#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The same for a minute.
KILL_SECONDS=60 exec tests/kill/test-kill.sh
