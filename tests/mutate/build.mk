# SPDX-License-Identifier: LGPL-2.1-or-later
# Mutations: does the suite notice when a line is wrong?

TESTS_LONG += tests/mutate/mutate.sh
TESTS_ALONE += tests/mutate/mutate.sh # takes all processors itself
