# SPDX-License-Identifier: LGPL-2.1-or-later
# The packages under a real systemd, in a container made from Debian's archive: takes minutes and
# downloads, so it is part of no other target.

SYSTEMD_SUITE ?= bookworm

.PHONY: check-systemd
check-systemd:
	$(Q)tools/install-deps deb collector test
	O=$(O) TEST_SECONDS=3600 SUITE=$(SYSTEMD_SUITE) tests/run tests/systemd/check-systemd.sh
