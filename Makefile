# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One non-recursive Makefile. Each part of the tree brings a build.mk that adds to the lists below
# and states its own rules. Everything built lands in $(O).
#
#   make            build everything; without mingw-w64 what is for Linux
#   make demo       set up, build, and show a Windows program's live view of a real transfer
#   make check      set up, build, and run every test; make check-only does not set up
#   make check-long also what takes minutes: fuzzing, mutations, churn, a million calls
#   make bench      ratios against the raw kernel interface
#   make product    build what is installed only, not what tests need
#   make config     print every variable that can be set, as it is
#   make release    an archive of what is built, for systems without packages of ours
#   make dist       a source archive; make deb Debian packages, make reproducible compares two builds
#   make format     rewrite the sources with clang-format; make lint checks only

VERSION := $(shell cat VERSION)
O ?= build

include config.mk
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings \
	$(WERROR)

# quiet unless V=1
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(patsubst $(O)/%,%,$@);)

# How a C file becomes an object, everywhere: object_rule(folder of objects, folder of sources, what
# is said, compiler and flags). What an object was made of is read back from beside it.
define object_rule
$1/%.o: $2/%.c
	@mkdir -p $$(@D)
	$$(call say,$3)$4 -MMD -MP -c -o $$@ $$<
-include $(wildcard $1/*.d $1/*/*.d)
endef

# The flags go by the names of their variables, so that they may be others for some objects.
# host_objects(folder of objects, folder of sources, flags[, flags that come last])
host_objects = $(eval $(call object_rule,$1,$2,CC,$$(CC) $$(CPPFLAGS) $$($3) $$(WARN) $$(CFLAGS) \
	$(if $4,$$($4))))
# windows_objects(folder of objects, folder of sources, x86_64 or i386, flags)
windows_objects = $(eval $(call object_rule,$1,$2,CC,$$(CROSS_$3)gcc $$($4) $$(WARN) \
	$$(CROSS_CFLAGS)))

# A build in parallel, unless make was told how many jobs already.
in_parallel = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1))

# Lists that the parts add to.
ALL :=          # files that `make` builds
WINDOWS :=      # more of them, which take mingw-w64
TESTS :=        # programs and scripts that `make check` runs, see tests/run
LINT :=         # C sources and headers under clang-format
INSTALL_PARTS := # targets install-<part>
INSTALL_WINDOWS := # more of them, for what is in WINDOWS
UNINSTALL :=    # targets uninstall-<part>

# So that the parts may name their default goal freely.
.DEFAULT_GOAL := all

include libs/tcpestats/build.mk
include libs/links/build.mk
-include dlls/build.mk
-include tools/build.mk
-include packaging/build.mk

# What is installed, without the programs that tests need.
.PHONY: product
product: $(ALL) $(if $(filter yes,$(windows)),$(WINDOWS))

-include tests/build.mk
-include docs/build.mk

# INSTALL is what packagers call the program install.
$(if $(filter file,$(origin INSTALL)),$(error a build.mk adds to INSTALL; the list is INSTALL_PARTS))

.PHONY: all deps deps-test deps-long demo check bench lint format install uninstall clean
all: $(ALL)

left_out = echo "left out: all that Windows programs need, for want of $(no_cross)" \
	"(Debian: apt-get install gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32" \
	"libz-mingw-w64-dev)" >&2

.PHONY: with-windows
ifeq ($(windows),yes)
all: $(WINDOWS)
install: $(INSTALL_WINDOWS)
endif
ifeq ($(WITH_WINDOWS)$(no_cross),no)
with-windows:
	@echo "left out by WITH_WINDOWS=no: the tests need it" >&2; exit 1
else ifeq ($(no_cross),)
with-windows:
else
ifneq ($(WITH_WINDOWS),no)
all product install:
	@$(left_out)$(if $(filter yes,$(WITH_WINDOWS)),; exit 1)
endif
with-windows:
	@$(left_out); exit 1
endif

# Asked before the first compiler is started. need(condition, what is wrong, packages)
need = @$1 || { echo "$2 (Debian: apt-get install $3)" >&2; exit 1; }
.PHONY: need-host
need-host:
	$(call need,command -v $(firstword $(CC)) >/dev/null,$(CC) is not installed,gcc libc6-dev)
	$(call need,command -v $(PKG_CONFIG) >/dev/null,$(PKG_CONFIG) is not installed,pkg-config \
		libnl-3-dev)
	$(call need,$(PKG_CONFIG) --exists libnl-3.0,libnl-3 is not installed,libnl-3-dev)
	$(call need,$(PKG_CONFIG) --exists libnl-route-3.0,libnl-route-3 is not installed,libnl-route-3-dev)
	$(call need,$(PKG_CONFIG) --exists zlib,zlib is not installed,zlib1g-dev)
	$(call need,[ $(unix32) != yes ] || [ "$(links_32)" = yes ],$(CC) -m32 does not link,gcc-multilib)
	$(call need,[ $(unix32) != yes ] || [ -n "$(libnl_32)" ],libnl-3 for 32-bit code is not installed,\
		libnl-3-dev:i386)
	$(call need,[ $(unix32) != yes ] || [ -n "$(libnl_route_32)" ],libnl-route-3 for 32-bit code \
		is not installed,libnl-route-3-dev:i386)
	@tools/check-version
$(LIB_OBJ): | need-host

# What is missing is installed when we may (root on Debian), else named and refused.
deps:
	$(Q)tools/install-deps build

deps-test:
	$(Q)tools/install-deps build collector test

deps-long:
	$(Q)tools/install-deps build collector test long

install: $(INSTALL_PARTS)
uninstall: $(UNINSTALL)

format:
	clang-format -i $(LINT)

lint:
	clang-format --dry-run -Werror $(LINT)

clean:
	rm -rf $(O)

# The files that git knows, or in an unpacked archive all; the same bytes each time.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y VERSION)
DIST := wine-estats-$(VERSION)
.PHONY: dist
dist:
	@mkdir -p $(O)/dist
	$(Q)tools/source-files | tar --null --files-from=- --transform='s|^|$(DIST)/|' --sort=name \
		--mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--format=gnu -c | xz -T1 -6 > $(O)/dist/$(DIST).tar.xz
	@echo $(O)/dist/$(DIST).tar.xz

# Debian packages, from the archive that `make dist` makes, beside that in $(O)/deb. DEB_ARCH=i386
# builds the 32-bit side of a Wine of two architectures.
.PHONY: deb
deb: dist
	$(Q)tools/make-deb $(O)/dist/$(DIST).tar.xz $(O)/deb $(DEB_ARCH)
