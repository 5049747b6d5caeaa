# SPDX-License-Identifier: LGPL-2.1-or-later
# Every folder of tests brings its own build.mk; `make check` runs what they put into TESTS, and
# `make check-long` also what is in TESTS_LONG: what takes minutes.

TESTS_LONG :=

include $(wildcard tests/*/build.mk)

.PHONY: check check-only check-long check-long-only
check: deps-test
	$(Q)$(MAKE) --no-print-directory check-only

# Without setting the machine up. Most tests need Windows programs.
check-only: need-host with-windows all
	$(Q)O=$(O) tests/run $(TESTS)

check-long: check
	$(Q)$(MAKE) --no-print-directory check-long-only

# Without the short tests. What is in that list builds what it needs and is more patient.
check-long-only: need-host with-windows all
	$(Q)O=$(O) TEST_SECONDS=$(LONG_TEST_SECONDS) tests/run $(TESTS_LONG)

LONG_TEST_SECONDS ?= 3600
