# SPDX-License-Identifier: LGPL-2.1-or-later
# tcpestats: one command, for Linux over libtcpestats and libs/links, for Windows
# over iphlpapi.dll and rasapi32.dll.

TOOL_DIR := tools/tcpestats
TOOL_SRC := $(sort $(filter-out %-linux.c %-windows.c,$(wildcard $(TOOL_DIR)/*.c)))
TOOL_SRC_LINUX := $(TOOL_SRC) $(sort $(wildcard $(TOOL_DIR)/*-linux.c))
TOOL_SRC_WINDOWS := $(TOOL_SRC) $(sort $(wildcard $(TOOL_DIR)/*-windows.c))
TOOL_OBJ := $(TOOL_SRC_LINUX:tools/%.c=$(O)/tools/linux/%.o)
TOOL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(large_files) -DTCPESTATS_VERSION='"$(VERSION)"' \
	-Iinclude -I$(TOOL_DIR) \
	-ffile-prefix-map=$(CURDIR)=.
# C99's printf instead of msvcrt's. No time stamps and no folder names: the same each time.
TOOL_CFLAGS_WINDOWS = $(TOOL_CFLAGS) -D__USE_MINGW_ANSI_STDIO=1 -D_WIN32_WINNT=0x0600 \
	-Idlls/wineestats -Ilibs/tcpestats
TOOL_LDFLAGS_WINDOWS = -municode -static -static-libgcc -Wl,--no-insert-timestamp

TOOL_EXE := $(O)/windows/x86_64/tcpestats.exe $(O)/windows/i386/tcpestats.exe

ALL += $(O)/tcpestats
WINDOWS += $(TOOL_EXE)
LINT += $(wildcard $(TOOL_DIR)/*.[ch])
INSTALL_PARTS += install-tcpestats
ifeq ($(serve)$(systemd),yesyes)
INSTALL_PARTS += install-serve-unit
endif
INSTALL_WINDOWS += install-tcpestats-windows
UNINSTALL += uninstall-tcpestats

$(call host_objects,$(O)/tools/linux,tools,TOOL_CFLAGS)

$(O)/tools/linux/tcpestats/http-linux.o: TOOL_CFLAGS += $(MICROHTTPD_CFLAGS)

$(O)/tcpestats: $(TOOL_OBJ) $(LINKS_STATIC) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(TOOL_OBJ) $(LINKS_STATIC) $(LIB_STATIC) \
		$(ROUTE_LIBS) $(NL_LIBS) $(Z_LIBS) -lm -ldl

# tool_windows(arch)
define tool_windows
$(call windows_objects,$(O)/tools/$1,tools,$1,TOOL_CFLAGS_WINDOWS)
$(call windows_objects,$(O)/tools/$1/lib,libs/tcpestats,$1,TOOL_CFLAGS_WINDOWS)

# Of the library it has the table of members.
$(O)/windows/$1/tcpestats.exe: $(TOOL_SRC_WINDOWS:tools/%.c=$(O)/tools/$1/%.o) \
	$(O)/tools/$1/lib/members/fields.o $(call find_helper,$1) $(call version_of,$1,tcpestats.exe)
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(TOOL_LDFLAGS_WINDOWS) $$(CROSS_LDFLAGS) -o $$@ $$^ -lntdll -lz
endef
$(eval $(call tool_windows,x86_64))
$(eval $(call tool_windows,i386))

.PHONY: install-serve-unit install-tcpestats install-tcpestats-windows uninstall-tcpestats
install-tcpestats: $(O)/tcpestats
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5
	install -m 755 $(O)/tcpestats $(DESTDIR)$(BINDIR)
	install -m 644 $(wildcard $(TOOL_DIR)/*.1) $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(wildcard $(TOOL_DIR)/*.5) $(DESTDIR)$(MANDIR)/man5

SERVE_UNIT := $(O)/tcpestats-serve.service
$(SERVE_UNIT): $(TOOL_DIR)/tcpestats-serve.service.in
	@mkdir -p $(@D)
	$(call say,GEN)sed -e 's|@bindir@|$(BINDIR)|' $< > $@
ifeq ($(serve),yes)
ALL += $(SERVE_UNIT)
endif

install-serve-unit:
	install -d $(DESTDIR)$(UNITDIR)
	sed -e 's|@bindir@|$(BINDIR)|' $(TOOL_DIR)/tcpestats-serve.service.in \
		> $(DESTDIR)$(UNITDIR)/tcpestats-serve.service
	chmod 644 $(DESTDIR)$(UNITDIR)/tcpestats-serve.service

install-tcpestats-windows: $(TOOL_EXE)
	install -d $(DESTDIR)$(DATADIR)/x86_64 $(DESTDIR)$(DATADIR)/i386
	install -m 644 $(O)/windows/x86_64/tcpestats.exe $(DESTDIR)$(DATADIR)/x86_64
	install -m 644 $(O)/windows/i386/tcpestats.exe $(DESTDIR)$(DATADIR)/i386

uninstall-tcpestats:
	rm -f $(DESTDIR)$(BINDIR)/tcpestats $(patsubst $(TOOL_DIR)/%,$(DESTDIR)$(MANDIR)/man1/%,\
		$(wildcard $(TOOL_DIR)/*.1)) $(patsubst $(TOOL_DIR)/%,$(DESTDIR)$(MANDIR)/man5/%,\
		$(wildcard $(TOOL_DIR)/*.5)) $(DESTDIR)$(UNITDIR)/tcpestats-serve.service
	rm -f $(DESTDIR)$(DATADIR)/x86_64/tcpestats.exe $(DESTDIR)$(DATADIR)/i386/tcpestats.exe
	for dir in $(DATADIR)/x86_64 $(DATADIR)/i386 $(DATADIR); do \
		[ ! -d $(DESTDIR)$$dir ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$$dir; done
