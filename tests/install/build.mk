# SPDX-License-Identifier: LGPL-2.1-or-later
# What is installed is enough.

TESTS += $(addprefix tests/install/,test-library.sh test-missing.sh test-completions.sh \
	test-man.sh test-config.sh)
