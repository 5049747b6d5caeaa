#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A million calls.

GROWTH_CALLS=${GROWTH_CALLS:-1000000} exec "${O:-build}/faults/test-growth"
