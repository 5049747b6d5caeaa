# SPDX-License-Identifier: LGPL-2.1-or-later
# What is installed is enough.

TESTS += tests/install/test-library.sh
