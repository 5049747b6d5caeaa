# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Where things go, what builds them, and what is left out. Each variable can be given to make or
# stand in its environment; `make config` prints them all as they are. docs/packaging.md
# explains them.

# The places of a user's or a distribution's choice.
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
DATADIR ?= $(PREFIX)/share/wine-estats
# wine-estats and all that it puts into prefixes, under one directory that is laid out as $(O) is.
ESTATS_DIR ?= $(LIBDIR)/wine-estats
DESTDIR ?=

CC ?= cc
AR ?= ar
PKG_CONFIG ?= pkg-config
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
CROSS64 ?= x86_64-w64-mingw32-
CROSS32 ?= i686-w64-mingw32-
CFLAGS ?= -O2 -g
CROSS_CFLAGS ?= -O2
CROSS_LDFLAGS ?=
WERROR ?= -Werror

# The compiler's machine, in the words of Wine's directories.
WINE_ARCH ?= $(patsubst i%86,i386,$(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null))))

# Wine's own directories, the ones with x86_64-unix/ntdll.so and, where the 32-bit half of Wine is
# 32-bit code, with i386-unix/ntdll.so. Empty: there is none where one would look.
wine_homes := /usr/lib/x86_64-linux-gnu/wine /usr/lib64/wine /usr/lib/wine \
	/opt/wine-stable/lib64/wine /opt/wine-stable/lib/wine /opt/wine-devel/lib64/wine \
	/opt/wine-devel/lib/wine /opt/wine-staging/lib64/wine /opt/wine-staging/lib/wine
wine_homes_32 := /usr/lib/i386-linux-gnu/wine /usr/lib32/wine /usr/lib/wine \
	/opt/wine-stable/lib/wine /opt/wine-devel/lib/wine /opt/wine-staging/lib/wine
wine_dir = $(firstword $(patsubst %/$1/ntdll.so,%,$(wildcard $(addsuffix /$1/ntdll.so,$2))))
WINEDLLDIR ?= $(call wine_dir,x86_64-unix,$(wine_homes))
WINEDLLDIR32 ?= $(call wine_dir,i386-unix,$(wine_homes_32))

# The kinds of Windows programs whose DLLs WINEDLLDIR holds.
SYSTEM_ARCHS ?= $(WINE_ARCH)

# What may be left out: no, yes (it is an error when it cannot be built), or auto.
WITH_WINDOWS ?= auto
WITH_32BIT ?= auto
WITH_COLLECTOR ?= auto
WITH_SYSTEMD ?= auto
WITH_COMPLETIONS ?= auto
WITH_SERVE ?= auto

toggles := WITH_WINDOWS WITH_32BIT WITH_COLLECTOR WITH_SYSTEMD WITH_COMPLETIONS WITH_SERVE
$(foreach t,$(toggles),$(if $(filter auto yes no,$($t)),,$(error $t is '$($t)'; it may be auto, yes \
	or no)))

# resolve(toggle, yes or no for auto)
resolve = $(strip $(if $(filter auto,$($1)),$2,$($1)))
succeeds = $(if $(shell $1 >/dev/null 2>&1 && echo yes),yes,no)

# 32-bit code, too, is to have 64 bits for places in files, inodes and locks.
LARGE_FILES := -D_FILE_OFFSET_BITS=64
large_files := $(if $(shell $(CC) $(CPPFLAGS) $(CFLAGS) -dM -E -x c /dev/null 2>/dev/null | \
	grep -w __LP64__),,$(LARGE_FILES))

# Asked once. Where one is missing, need-host says so.
pkg := $(PKG_CONFIG) 2>/dev/null
NL_CFLAGS := $(shell $(pkg) --cflags libnl-3.0)
NL_LIBS := $(shell $(pkg) --libs libnl-3.0)
ROUTE_CFLAGS := $(shell $(pkg) --cflags libnl-route-3.0)
ROUTE_LIBS := $(shell $(pkg) --libs libnl-route-3.0)
BPF_LIBS := $(shell $(pkg) --libs libbpf)
Z_CFLAGS := $(shell $(pkg) --cflags zlib)
Z_LIBS := $(shell $(pkg) --libs zlib)
CHECK_CFLAGS := $(shell $(pkg) --cflags check)
CHECK_LIBS := $(shell $(pkg) --libs check)

# The compilers' prefixes by the names of Wine's directories.
CROSS_x86_64 = $(CROSS64)
CROSS_i386 = $(CROSS32)

# Both kinds of Windows programs or none: nobody installs half of a prefix. A compiler that has no
# such library names no path for it.
no_cross := $(strip $(foreach cross,$(CROSS64) $(CROSS32),$(if $(shell command -v $(cross)gcc),\
	$(if $(filter /%,$(shell $(cross)gcc -print-file-name=libz.a)),,zlib for $(cross)gcc),\
	$(cross)gcc)))
windows := $(call resolve,WITH_WINDOWS,$(if $(no_cross),no,yes))

# Of use only beside a Wine whose 32-bit half is 32-bit code, which most no longer are.
libnl_32 = $(wildcard /usr/lib/i386-linux-gnu/libnl-3.so /usr/lib32/libnl-3.so)
libnl_route_32 = $(wildcard /usr/lib/i386-linux-gnu/libnl-route-3.so /usr/lib32/libnl-route-3.so)
# A compiler that cannot link for it names no path for these.
links_32 = $(if $(and $(filter /%,$(shell $(CC) -m32 -print-file-name=crti.o 2>/dev/null)),\
	$(wildcard $(shell $(CC) -m32 -print-libgcc-file-name 2>/dev/null))),yes,no)
unix32 := $(if $(filter i386,$(WINE_ARCH)),no,$(call resolve,WITH_32BIT,\
	$(if $(and $(WINEDLLDIR32),$(libnl_32),$(libnl_route_32)),$(links_32),no)))

systemd := $(call resolve,WITH_SYSTEMD,$(if $(wildcard /run/systemd/system \
	/usr/lib/systemd/system /lib/systemd/system),yes,no))
completions := $(call resolve,WITH_COMPLETIONS,yes)
collector := $(call resolve,WITH_COLLECTOR,$(call succeeds,command -v $(CLANG) && \
	command -v $(BPFTOOL) && $(PKG_CONFIG) --atleast-version=1.0 libbpf))

# libmicrohttpd is loaded when it is needed: only its header is wanted here.
serve := $(call resolve,WITH_SERVE,$(call succeeds,$(PKG_CONFIG) --exists libmicrohttpd))
MICROHTTPD_CFLAGS := $(if $(filter yes,$(serve)),-DHAVE_MICROHTTPD \
	$(shell $(pkg) --cflags libmicrohttpd))

settings := PREFIX BINDIR SBINDIR LIBDIR INCLUDEDIR MANDIR BASHCOMPDIR \
	ZSHCOMPDIR FISHCOMPDIR UNITDIR SYSUSERSDIR DATADIR ESTATS_DIR DESTDIR WINEDLLDIR WINEDLLDIR32 \
	WINE_ARCH SYSTEM_ARCHS CC AR CPPFLAGS CFLAGS LDFLAGS PKG_CONFIG CROSS64 CROSS32 CROSS_CFLAGS \
	CROSS_LDFLAGS CLANG BPFTOOL WERROR $(toggles)
resolved_WITH_WINDOWS = $(windows)
resolved_WITH_32BIT = $(unix32)
resolved_WITH_COLLECTOR = $(collector)
resolved_WITH_SYSTEMD = $(systemd)
resolved_WITH_COMPLETIONS = $(completions)
resolved_WITH_SERVE = $(serve)

.PHONY: config
config:
	@:$(foreach s,$(settings),; printf '%-17s%s\n' $s \
		'$($s)$(if $(filter auto,$($s)), ($(resolved_$s)))')
