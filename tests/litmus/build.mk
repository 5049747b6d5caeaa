# SPDX-License-Identifier: LGPL-2.1-or-later
# What rests on the order of memory between processors; needs herd7.

TESTS += tests/litmus/test-litmus.sh
