#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
exec "$(dirname "$0")/test-recipes.sh" rpm
