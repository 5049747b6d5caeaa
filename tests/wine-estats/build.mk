# SPDX-License-Identifier: LGPL-2.1-or-later
TESTS += $(addprefix tests/wine-estats/,test-install.sh test-restore.sh test-interrupt.sh \
	test-parts.sh test-refuse.sh test-check.sh test-package.sh test-style.sh)
TESTS_LONG += tests/wine-estats/long-interrupt.sh
