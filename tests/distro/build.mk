# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests in other Debian releases: too long for make check, and they want the archive.
#
#   make check-deb [SUITES="bookworm trixie sid"]    packages: installed, upgraded, removed, purged
#   make check-deb-cross [DEB_ARCH=arm64]    packages for another machine, by cross compilers; they are not run
#   make check-wine [SUITES=...]    this build under the Wines of these releases, and this machine's,
#                                   [WINE_RUNS="callers parity"]: some of wine-suites.sh only
#   make check-wine32               the same where 32-bit code runs, in an emulated machine: an hour and
#                                   more, [WINE32="bookworm:multiarch bookworm:new trixie:multiarch"]
#   make check-release              the binary release, where there is nothing of ours
#   make check-layouts              Debian's Wine where other vendors put theirs
#   make check-musl                 library and command against musl, as on Alpine

SUITES ?= bookworm trixie sid

.PHONY: check-deb
check-deb: need-host with-windows all
	$(Q)tools/install-deps deb
	$(Q)for suite in $(SUITES); do O=$(O) TEST_SECONDS=3600 SUITE=$$suite \
		tests/run tests/distro/check-deb.sh || exit 1; done

.PHONY: check-deb-cross
check-deb-cross:
	$(Q)tools/install-deps deb
	$(Q)O=$(O) TEST_SECONDS=3600 SUITE=$(firstword $(SUITES)) DEB_ARCH=$(or $(DEB_ARCH),arm64) \
		tests/run tests/distro/check-deb-cross.sh

# What a suite needs that `make` does not build.
WINE_SUITES := $(O)/callers/peer $(O)/ras/rig

WINE_RUNS ?=
.PHONY: check-wine
check-wine: need-host with-windows all release $(WINE_SUITES)
	$(Q)tools/install-deps deb
	$(Q)failed=0; for suite in host $(SUITES); do O=$(O) TEST_SECONDS=3600 SUITE=$$suite \
		tests/distro/check-wine.sh $(WINE_RUNS) || failed=1; done; exit $$failed

# By way of Debian's 32-bit code, where the release has it, and by new WoW64.
WINE32 ?= bookworm:multiarch bookworm:new
WINE32_SUITES ?=

.PHONY: check-wine32
check-wine32: need-host with-windows all release $(WINE_SUITES)
	$(Q)tools/install-deps deb kernels
	$(Q)failed=0; for pair in $(WINE32); do O=$(O) TEST_SECONDS=14400 SUITE=$${pair%:*} \
		WOW64=$${pair#*:} tests/distro/check-wine32.sh $(WINE32_SUITES) || \
		[ $$? -eq 77 ] || failed=1; done; exit $$failed

# The second has programs of both kinds by one helper.
RELEASE_SUITES ?= bookworm sid
.PHONY: check-release
check-release: release
	$(Q)tools/install-deps deb
	$(Q)for suite in $(RELEASE_SUITES); do O=$(O) TEST_SECONDS=3600 SUITE=$$suite \
		tests/run tests/distro/check-release.sh || exit 1; done

.PHONY: check-layouts
check-layouts: need-host with-windows all
	$(Q)tools/install-deps deb
	$(Q)O=$(O) TEST_SECONDS=3600 SUITE=bookworm tests/run tests/distro/check-layouts.sh

# Statically, so that this machine can run them. musl-gcc leaves out the kernel's headers, too.
musl_headers = -idirafter /usr/include -idirafter /usr/include/$(shell $(CC) -print-multiarch)

.PHONY: check-musl
check-musl:
	$(Q)tools/install-deps build test musl
	$(Q)libnl=$$(tests/distro/libnl-musl.sh $(O)/musl-libnl) && \
		PKG_CONFIG_LIBDIR=$$libnl/lib/pkgconfig $(MAKE) --no-print-directory O=$(O)/musl \
		CC=musl-gcc CPPFLAGS="$(musl_headers)" LDFLAGS=-static WITH_WINDOWS=no WITH_32BIT=no \
		WITH_COLLECTOR=no musl-programs
	$(Q)O=$(O)/musl tests/run tests/tcpestats/test-cli.sh

.PHONY: musl-programs
musl-programs: $(O)/tcpestats $(O)/tests/tcpestats/pair

.PHONY: check-wine-patch wine-patch
check-wine-patch: with-windows $(O)/tests/wine-patch/way.exe
	$(Q)tools/install-deps deb
	$(Q)O=$(O) TEST_SECONDS=7200 SUITE=$(lastword $(SUITES)) tests/run tests/distro/check-wine-patch.sh

# make wine-patch WINE=a directory with Wine's source
wine-patch:
	$(Q)[ -n "$(WINE)" ] || { echo "give the directory of Wine's source as WINE=" >&2; exit 1; }
	$(Q)tools/wine-patch/make-patch $(WINE) $(O)/wine-patch
