# SPDX-License-Identifier: LGPL-2.1-or-later
# Every folder of tests brings its own build.mk; `make check` runs what they put into TESTS.

include $(wildcard tests/*/build.mk)

.PHONY: check check-only
check: deps-test
	$(Q)$(MAKE) --no-print-directory check-only

# Without setting the machine up.
check-only: all
	$(Q)O=$(O) tests/run $(TESTS)
