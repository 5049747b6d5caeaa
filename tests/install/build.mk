# SPDX-License-Identifier: LGPL-2.1-or-later
# What is installed is enough.

TESTS += $(addprefix tests/install/,test-library.sh test-missing.sh test-completions.sh \
	test-man.sh test-config.sh test-recipes.sh test-demo.sh test-release.sh)

# Two builds each.
TESTS_LONG += tests/install/test-reproducible.sh tests/install/long-rpm.sh tests/install/long-deb.sh

.PHONY: reproducible
reproducible: need-host with-windows
	$(Q)O=$(O) TEST_SECONDS=$(LONG_TEST_SECONDS) tests/run tests/install/test-reproducible.sh tests/install/long-deb.sh
