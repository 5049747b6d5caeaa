#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What test-oracle.sh does, with the collector: its numbers are exact where sock_diag has none.
exec tests/oracle/test-oracle.sh --collector
