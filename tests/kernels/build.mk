# SPDX-License-Identifier: LGPL-2.1-or-later
# The collector on other kernels, and this library on other machines, under QEMU. Takes minutes for
# each and downloads them, so it is part of no other target.

KERNELS ?= tests/kernels/kernels.list

.PHONY: check-kernels kernels-programs kernels-arm64
check-kernels: kernels-programs kernels-arm64
	O=$(O) tests/kernels/kernels.sh --markdown docs/collector-kernels.md --list $(KERNELS)

kernels-programs: $(COLLECTOR_PROGRAMS) $(O)/collector/features $(O)/path-relay $(HOST_PROGRAMS) \
		$(O)/tcpestatsd/tcpestatsd $(O)/fentry/collector/features

# With another hook in the place of tcp_probe.
ifneq ($(notdir $(O)),fentry)
.PHONY: $(O)/fentry/collector/features
$(O)/fentry/collector/features:
	$(Q)$(MAKE) --no-print-directory O=$(O)/fentry BPF_PROBE=fentry/tcp_rcv_established $@
endif

# By a cross compiler, with libraries that are unpacked but not installed.
kernels-arm64:
	$(Q)tools/install-deps build collector kernels
	$(Q)root=$$(tests/kernels/userland.sh arm64 bookworm $(O)/kernels libc6-dev libnl-3-dev \
		libnl-route-3-dev libbpf-dev check) && PKG_CONFIG_SYSROOT_DIR=$$root \
		PKG_CONFIG_LIBDIR=$$root/usr/lib/aarch64-linux-gnu/pkgconfig \
		$(MAKE) --no-print-directory O=$(O)/kernels/arm64 \
		CC="aarch64-linux-gnu-gcc --sysroot=$$root" WITH_WINDOWS=no WITH_32BIT=no kernels-programs
