# SPDX-License-Identifier: LGPL-2.1-or-later
# What people run: tcpestats, and wine-estats with its Windows self-test.

-include tools/tcpestats/build.mk
-include tools/tcpestatsd/build.mk
-include tools/completions/build.mk

SELFTEST_SRC := $(wildcard tools/selftest/*.c)
SELFTEST_CFLAGS = -std=gnu11 -D_WIN32_WINNT=0x0601 -Idlls/wineestats \
	-ffile-prefix-map=$(CURDIR)=.
SELFTESTS := $(foreach a,x86_64 i386,$(O)/selftest/$a/wine-estats-selftest.exe)

WINDOWS += $(SELFTESTS)
LINT += $(wildcard tools/selftest/*.[ch] tools/wine-patch/*.[ch])

# selftest_rules(arch)
define selftest_rules
$(call windows_objects,$(O)/selftest/$1,tools/selftest,$1,SELFTEST_CFLAGS)

$(O)/selftest/$1/wine-estats-selftest.exe: $(SELFTEST_SRC:tools/selftest/%.c=$(O)/selftest/$1/%.o) \
	$(call find_helper,$1) $(call version_of,$1,wine-estats-selftest.exe)
	$$(call say,LD)$$(CROSS_$1)gcc -static-libgcc -s -Wl,--no-insert-timestamp $$(CROSS_LDFLAGS) -o $$@ $$^ \
		-lws2_32 -lntdll
endef
$(eval $(call selftest_rules,x86_64))
$(eval $(call selftest_rules,i386))

# Where the 32-bit half of Wine cannot be had, the tests that need it say so themselves.
.PHONY: wine32
wine32:
	$(Q)tools/fetch-wine32 $(O)/wine32 || [ $$? -eq 77 ]

.PHONY: install-tools uninstall-tools
INSTALL_WINDOWS += install-tools
UNINSTALL += uninstall-tools
install-tools:
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(ESTATS_DIR)
	sed -e 's|^installed_dir=.*|installed_dir=$(ESTATS_DIR)|' tools/wine-estats \
		> $(DESTDIR)$(BINDIR)/wine-estats
	chmod 755 $(DESTDIR)$(BINDIR)/wine-estats
	install -m 644 tools/wine-estats.1 $(DESTDIR)$(MANDIR)/man1
	install -m 644 VERSION $(wildcard tools/prefix/*.sh) $(DESTDIR)$(ESTATS_DIR)
	for arch in x86_64 i386; do \
		for file in $(foreach d,$(SHIMS),shim/$$arch/$d.dll marker/$$arch/$d.dll) \
		selftest/$$arch/wine-estats-selftest.exe wine/$$arch-windows/wineestats.dll; do \
			install -D -m 644 $(O)/$$file $(DESTDIR)$(ESTATS_DIR)/$$file || exit 1; \
		done; \
	done
	for file in $(UNIX_HELPERS); do \
		install -D -m 644 $(O)/wine/$$file $(DESTDIR)$(ESTATS_DIR)/wine/$$file || exit 1; \
	done

uninstall-tools:
	rm -f $(DESTDIR)$(BINDIR)/wine-estats $(DESTDIR)$(MANDIR)/man1/wine-estats.1
	rm -rf $(DESTDIR)$(ESTATS_DIR)

# The helper in Wine's own directory, so that no program needs an environment. The 32-bit half of
# Wine may have a directory of its own.
UNIX_HELPERS := $(WINE_ARCH)-unix/wineestats.so $(if $(filter yes,$(unix32)),i386-unix/wineestats.so)
WINE_HELPER := $(WINE_ARCH)-unix/wineestats.so $(if $(filter i386,$(WINE_ARCH)),,\
	x86_64-windows/wineestats.dll) i386-windows/wineestats.dll
WINE_HELPER32 := i386-unix/wineestats.so i386-windows/wineestats.dll

.PHONY: install-wine uninstall-wine need-winedlldir
need-winedlldir:
	@[ -n "$(WINEDLLDIR)" ] || { echo "Wine's directory with x86_64-unix/ntdll.so was not found;" \
		"give it as WINEDLLDIR=" >&2; exit 1; }

# put_helper(files, directory of Wine's), which may have a space in its name, as Proton's
put_helper = for file in $1; do \
	install -D -m 644 $(O)/wine/$$file "$(DESTDIR)$2/$$file" || exit 1; done
take_helper = for file in $1; do rm -f "$(DESTDIR)$2/$$file" || exit 1; done

install-wine: need-winedlldir
	@echo "into $(DESTDIR)$(WINEDLLDIR)"
	$(call put_helper,$(WINE_HELPER),$(WINEDLLDIR))
ifeq ($(unix32),yes)
	$(if $(WINEDLLDIR32),,@echo "give the directory with i386-unix/ntdll.so as WINEDLLDIR32=" >&2; \
		exit 1)
	@echo "into $(DESTDIR)$(WINEDLLDIR32)"
	$(call put_helper,$(WINE_HELPER32),$(WINEDLLDIR32))
endif

uninstall-wine: need-winedlldir
	$(call take_helper,$(WINE_HELPER),$(WINEDLLDIR))
	$(if $(WINEDLLDIR32),$(call take_helper,$(WINE_HELPER32),$(WINEDLLDIR32)))

# For packages only: our DLLs in the place of Wine's own, for all prefixes. The package has to see
# to it that Wine's own become iphlpapi_wine.dll and rasapi32_wine.dll in the same directory, and
# Wine's upgrades, too.

.PHONY: install-system
install-system: need-winedlldir
	@[ -n "$(DESTDIR)" ] || { echo "this would overwrite a file of Wine's: give DESTDIR, and let" \
		"a package move that aside" >&2; exit 1; }
	for arch in $(SYSTEM_ARCHS); do for dll in $(SHIMS); do \
		install -D -m 644 $(O)/system/$$arch/$$dll.dll \
			$(DESTDIR)$(WINEDLLDIR)/$$arch-windows/$$dll.dll && \
		install -D -m 644 $(O)/system/$$arch/$${dll}_wine.dll \
			$(DESTDIR)$(ESTATS_DIR)/system/$$arch/$${dll}_wine.dll || exit 1; \
	done; done
