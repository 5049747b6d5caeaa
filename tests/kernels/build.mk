# SPDX-License-Identifier: LGPL-2.1-or-later
# The collector on other kernels, under QEMU. Takes minutes for each and downloads them, so it is
# part of no other target.

.PHONY: check-kernels
check-kernels: $(COLLECTOR_PROGRAMS) $(O)/collector/features $(O)/path-relay
	$(Q)tools/install-deps build collector kernels
	O=$(O) tests/kernels/kernels.sh --markdown docs/collector-kernels.md
