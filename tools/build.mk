# SPDX-License-Identifier: LGPL-2.1-or-later
# What people run: tcpestats, and wine-estats with its Windows self-test.

-include tools/tcpestats/build.mk
-include tools/tcpestatsd/build.mk

# wine-estats and all that it puts into prefixes, under one directory that is laid out as $(O) is.
ESTATS_DIR ?= $(LIBDIR)/wine-estats

SELFTEST_SRC := $(wildcard tools/selftest/*.c)
SELFTEST_CFLAGS = -std=gnu11 -D_WIN32_WINNT=0x0601 -Idlls/wineestats \
	-ffile-prefix-map=$(CURDIR)=.
SELFTESTS := $(foreach a,x86_64 i386,$(O)/selftest/$a/wine-estats-selftest.exe)

WINDOWS += $(SELFTESTS)
LINT += $(wildcard tools/selftest/*.[ch])

# selftest_rules(arch, cross prefix)
define selftest_rules
$(O)/selftest/$1/%.o: tools/selftest/%.c
	@mkdir -p $$(@D)
	$$(call say,CC)$2gcc $$(SELFTEST_CFLAGS) $$(WARN) $$(CROSS_CFLAGS) -MMD -MP -c -o $$@ $$<

$(O)/selftest/$1/wine-estats-selftest.exe: $(SELFTEST_SRC:tools/selftest/%.c=$(O)/selftest/$1/%.o)
	$$(call say,LD)$2gcc -static-libgcc -s -Wl,--no-insert-timestamp $$(CROSS_LDFLAGS) -o $$@ $$^ \
		-lws2_32

-include $(SELFTEST_SRC:tools/selftest/%.c=$(O)/selftest/$1/%.d)
endef
$(eval $(call selftest_rules,x86_64,$(CROSS64)))
$(eval $(call selftest_rules,i386,$(CROSS32)))

# Where the 32-bit half of Wine cannot be had, the tests that need it say so themselves.
.PHONY: wine32
wine32: deps-test
	$(Q)tools/fetch-wine32 $(O)/wine32 || [ $$? -eq 77 ]
check demo bench: wine32

.PHONY: install-tools uninstall-tools
INSTALL_WINDOWS += install-tools
UNINSTALL += uninstall-tools
install-tools:
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(ESTATS_DIR)/wine/x86_64-unix
	sed -e 's|^installed_dir=.*|installed_dir=$(ESTATS_DIR)|' tools/wine-estats \
		> $(DESTDIR)$(BINDIR)/wine-estats
	chmod 755 $(DESTDIR)$(BINDIR)/wine-estats
	install -m 644 tools/wine-estats.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 VERSION $(wildcard tools/prefix/*.sh) $(DESTDIR)$(ESTATS_DIR)
	for arch in x86_64 i386; do \
		for file in shim/$$arch/iphlpapi.dll marker/$$arch/iphlpapi.dll \
		selftest/$$arch/wine-estats-selftest.exe wine/$$arch-windows/wineestats.dll; do \
			install -D -m 644 $(O)/$$file $(DESTDIR)$(ESTATS_DIR)/$$file || exit 1; \
		done; \
	done
	install -m 755 $(O)/wine/x86_64-unix/wineestats.so $(DESTDIR)$(ESTATS_DIR)/wine/x86_64-unix

uninstall-tools:
	rm -f $(DESTDIR)$(BINDIR)/wine-estats $(DESTDIR)$(MANDIR)/man1/wine-estats.1
	rm -rf $(DESTDIR)$(ESTATS_DIR)

# The helper in Wine's own directory, so that no program needs an environment. WINEDLLDIR names the
# directory that holds x86_64-unix/ntdll.so.
WINEDLLDIR ?= $(firstword $(patsubst %/x86_64-unix/ntdll.so,%,$(wildcard $(addsuffix \
	/x86_64-unix/ntdll.so,/usr/lib/x86_64-linux-gnu/wine /usr/lib64/wine /usr/lib/wine \
	/opt/wine-stable/lib64/wine /opt/wine-stable/lib/wine))))
WINE_HELPER := x86_64-unix/wineestats.so x86_64-windows/wineestats.dll i386-windows/wineestats.dll

.PHONY: install-wine uninstall-wine need-winedlldir
need-winedlldir:
	@[ -n "$(WINEDLLDIR)" ] || { echo "Wine's directory with x86_64-unix/ntdll.so was not found;" \
		"give it as WINEDLLDIR=" >&2; exit 1; }

install-wine: need-winedlldir
	@echo "into $(DESTDIR)$(WINEDLLDIR)"
	for file in $(WINE_HELPER); do \
		install -D -m 644 $(O)/wine/$$file $(DESTDIR)$(WINEDLLDIR)/$$file || exit 1; \
	done

uninstall-wine: need-winedlldir
	rm -f $(addprefix $(DESTDIR)$(WINEDLLDIR)/,$(WINE_HELPER))
