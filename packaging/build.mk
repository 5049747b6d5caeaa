# SPDX-License-Identifier: LGPL-2.1-or-later
# The binary release: an archive for people who package nothing, which runs on other systems than the
# one it was built on. Its helper has libnl in it, and needs no newer glibc than RELEASE_GLIBC.

RELEASE := wine-estats-$(VERSION)-linux-x86_64
RELEASE_GLIBC := 2.26
RELEASE_DIR := $(O)/release/$(RELEASE)
RELEASE_HELPER := $(O)/release/wineestats.so
LINT += packaging/release/old-glibc.c

# libnl's static libraries; their licence, where Debian has it.
libnl_static = $(shell $(PKG_CONFIG) --variable=libdir libnl-3.0)
LIBNL_COPYRIGHT ?= /usr/share/doc/libnl-3-dev/copyright

$(O)/release/old-glibc.o: packaging/release/old-glibc.c | need-host
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) -std=gnu11 -fPIC -ffile-prefix-map=$(CURDIR)=. $(WARN) $(CFLAGS) \
		-c -o $@ $<

# libpthread by its name: from glibc 2.34 on it is empty, before that it has what libnl needs.
$(RELEASE_HELPER): $(UNIX_OBJ) $(LINKS_STATIC) $(LIB_STATIC) $(O)/release/old-glibc.o \
	dlls/wineestats/unixlib.map packaging/release/check-helper
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(UNIXLIB_LDFLAGS) -s -Wl,--gc-sections \
		-o $@ $(UNIX_OBJ) $(LINKS_STATIC) $(LIB_STATIC) $(O)/release/old-glibc.o \
		$(libnl_static)/libnl-route-3.a $(libnl_static)/libnl-3.a \
		-Wl,--no-as-needed -l:libpthread.so.0 -Wl,--as-needed
	$(Q)packaging/release/check-helper $@ $(RELEASE_GLIBC) >/dev/null

.PHONY: release
release: with-windows $(RELEASE_HELPER) $(filter $(O)/shim/% $(O)/marker/% $(O)/wine/% \
	$(O)/selftest/% $(O)/windows/%,$(WINDOWS))
	$(Q)[ "$(WINE_ARCH)" = x86_64 ] || { echo "the release is for x86_64" >&2; exit 1; }
	$(Q)rm -rf $(RELEASE_DIR) && mkdir -p $(RELEASE_DIR)/lib/tcpestats
	$(Q)$(MAKE) --no-print-directory -s DESTDIR=$(RELEASE_DIR) BINDIR= MANDIR=/man ESTATS_DIR=/lib \
		WITH_32BIT=no UNIX_HELPERS= install-tools >/dev/null
	$(Q)sed -i 's|^installed_dir=.*|installed_dir=lib|' $(RELEASE_DIR)/wine-estats
	$(Q)install -D -m 644 $(RELEASE_HELPER) $(RELEASE_DIR)/lib/wine/x86_64-unix/wineestats.so
	$(Q)for arch in $(DLL_ARCHS); do install -D -m 644 $(O)/windows/$$arch/tcpestats.exe \
		$(RELEASE_DIR)/lib/tcpestats/$$arch/tcpestats.exe || exit 1; done
	$(Q)mv $(RELEASE_DIR)/man/man1/wine-estats.1 $(RELEASE_DIR) && rm -r $(RELEASE_DIR)/man
	$(Q)sed -e 's|@VERSION@|$(VERSION)|; s|@GLIBC@|$(RELEASE_GLIBC)|' \
		-e "s|@LIBNL@|$$($(PKG_CONFIG) --modversion libnl-3.0)|" packaging/release/README.in \
		> $(RELEASE_DIR)/README
	$(Q)install -m 644 LICENSE $(RELEASE_DIR)
	$(Q)install -m 644 $(LIBNL_COPYRIGHT) $(RELEASE_DIR)/LICENSE.libnl
	$(Q)cd $(RELEASE_DIR) && find . -type f ! -name SHA256SUMS -printf '%P\0' | LC_ALL=C sort -z | \
		xargs -0 sha256sum >SHA256SUMS
	$(Q)tar -C $(O)/release --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 \
		--numeric-owner --mode=u=rwX,go=rX --format=gnu -c $(RELEASE) | xz -T1 -6 \
		> $(RELEASE_DIR).tar.xz
	$(Q)cd $(O)/release && sha256sum $(RELEASE).tar.xz > $(RELEASE).tar.xz.sha256
	@echo $(RELEASE_DIR).tar.xz
