# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One non-recursive Makefile. Each part of the tree brings a build.mk that adds to the lists below
# and states its own rules. Everything built lands in $(O).
#
#   make            build everything that this machine has the compilers for
#   make demo       set up, build, and show a Windows program's live view of a real transfer
#   make check      set up, build, and run every test
#   make check-long also what takes minutes: fuzzing, mutations, churn, a million calls
#   make bench      ratios against the raw kernel interface
#   make format     rewrite the sources with clang-format; make lint checks only

VERSION := $(shell cat VERSION)
O ?= build

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share/wine-estats
DESTDIR ?=

CC ?= cc
AR ?= ar
PKG_CONFIG ?= pkg-config
CROSS64 ?= x86_64-w64-mingw32-
CROSS32 ?= i686-w64-mingw32-
CFLAGS ?= -O2 -g
WERROR ?= -Werror
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings \
	$(WERROR)

# quiet unless V=1
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(patsubst $(O)/%,%,$@);)

# Lists that the parts add to.
ALL :=          # files that `make` builds
TESTS :=        # programs and scripts that `make check` runs, see tests/run
LINT :=         # C sources and headers under clang-format
INSTALL :=      # targets install-<part>
UNINSTALL :=    # targets uninstall-<part>

# So that the parts may name their default goal freely.
.DEFAULT_GOAL := all

include libs/tcpestats/build.mk
-include dlls/build.mk
-include tools/build.mk
-include tests/build.mk
-include docs/build.mk

.PHONY: all deps deps-test demo check bench lint format install uninstall clean
all: $(ALL)

# What is missing is installed when we may (root on Debian), else named and refused.
deps:
	$(Q)tools/install-deps build

deps-test:
	$(Q)tools/install-deps build test

install: $(INSTALL)
uninstall: $(UNINSTALL)

format:
	clang-format -i $(LINT)

lint:
	clang-format --dry-run -Werror $(LINT)

clean:
	rm -rf $(O)
