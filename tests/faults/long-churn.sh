#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A minute of connections that come and go.

CHURN_SECONDS=${CHURN_SECONDS:-60} exec "${O:-build}/faults/test-churn"
