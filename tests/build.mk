# SPDX-License-Identifier: LGPL-2.1-or-later
# Every folder of tests brings its own build.mk; `make check` runs what they put into TESTS, and
# `make check-long` also what is in TESTS_LONG: what takes minutes. TESTS_ALONE names those of either
# that judge time, which have the machine to themselves, TESTS_HOOKED those that need every hook of
# the collector.

TESTS_LONG :=
TESTS_ALONE :=
TESTS_HOOKED :=

include $(wildcard tests/*/build.mk)
# What takes minutes begins first, so that no lane is left with it in the end.
TESTS := $(filter tests/wine-estats/%,$(TESTS)) $(filter-out tests/wine-estats/%,$(TESTS))
LINT += $(wildcard tests/lib/*.[ch])

.PHONY: check check-only check-long check-long-only
check: deps-test
	$(Q)$(MAKE) --no-print-directory $(in_parallel) wine32 all
	$(Q)$(MAKE) --no-print-directory $(in_parallel) check-only

# A make that a test starts is not part of this one's jobs.
RUN_TESTS = $(Q)O=$(O) MAKEFLAGS='$(filter-out j -j% --jobserver%,$(MAKEFLAGS))' \
	TESTS_ALONE='$(TESTS_ALONE)' TESTS_HOOKED='$(TESTS_HOOKED)'

# Without setting the machine up. Most tests need Windows programs.
check-only: need-host with-windows all
	$(RUN_TESTS) tests/run $(TESTS)

check-long: deps-long check
	$(Q)$(MAKE) --no-print-directory $(in_parallel) check-long-only

# Without the short tests. What is in that list builds what it needs and is more patient.
check-long-only: need-host with-windows all
	$(RUN_TESTS) TEST_SECONDS=$(LONG_TEST_SECONDS) tests/run $(TESTS_LONG)

LONG_TEST_SECONDS ?= 3600
