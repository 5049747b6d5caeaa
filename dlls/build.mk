# SPDX-License-Identifier: LGPL-2.1-or-later
# The Windows side: iphlpapi.dll, the marker file through which it reaches Wine's own, and the
# wineestats pair that leads to libtcpestats. Needs no file of Wine's.
#
#   $(O)/wine     a directory for WINEDLLPATH: wineestats.dll for both kinds of programs, .so
#   $(O)/shim     iphlpapi.dll for system32 and syswow64
#   $(O)/marker   iphlpapi.dll for the wine-estats directory in each of those
#   $(O)/system   the same for all prefixes at once: iphlpapi.dll for Wine's own directory, whose own
#                 has to become iphlpapi_wine.dll there, and the marker that leads to that

DLL_ARCHS := x86_64 i386
CROSS_x86_64 = $(CROSS64)
CROSS_i386 = $(CROSS32)
# How the linker names a function with 12 bytes of arguments.
DLL_ENTRY_x86_64 := DllMain
DLL_ENTRY_i386 := _DllMain@12

# No C library: kernel32 and ntdll are what every process has. Nothing that differs from one build
# to the next. Unwind tables, or a program's handler would never see a fault over its bad pointer.
DLL_CFLAGS = -std=gnu11 -D_WIN32_WINNT=0x0601 -fno-stack-protector \
	-fasynchronous-unwind-tables -ffile-prefix-map=$(CURDIR)=.
DLL_LDFLAGS = -shared -nostdlib -nostartfiles -s -Wl,--no-insert-timestamp -Wl,--kill-at \
	-Wl,--disable-auto-image-base
DLL_LIBS := -lkernel32 -lntdll -lgcc

SHIM_SRC := $(wildcard dlls/iphlpapi/*.c) dlls/wineestats/status.c
UNIXLIB := $(O)/wine/$(WINE_ARCH)-unix/wineestats.so
UNIXLIB32 := $(O)/wine/i386-unix/wineestats.so

# What the forwarders of each kind lead through; the second is a file of the host.
STOCK := C:\windows\system32\wine-estats\iphlpapi
stock_of_system = \\?\unix$(subst /,\,$(ESTATS_DIR))\system\$1\iphlpapi_wine

DLLS := $(foreach a,$(DLL_ARCHS),$(O)/wine/$a-windows/wineestats.dll $(O)/shim/$a/iphlpapi.dll \
	$(O)/marker/$a/iphlpapi.dll)
SHIM_TESTS := $(foreach a,$(DLL_ARCHS),$(O)/dlls/$a/shim-test.exe)
ALL += $(UNIXLIB) $(if $(filter yes,$(unix32)),$(UNIXLIB32))
WINDOWS += $(DLLS) $(SHIM_TESTS)
TESTS += dlls/test-shim.sh
LINT += $(wildcard dlls/*/*.[ch] dlls/*.c)

# dll_rules(arch)
define dll_rules
$(O)/dlls/$1/%.o: dlls/%.c
	@mkdir -p $$(@D)
	$$(call say,CC)$$(CROSS_$1)gcc $$(DLL_CFLAGS) $$(WARN) $$(CROSS_CFLAGS) -MMD -MP -c -o $$@ $$<

$(O)/dlls/$1/edata.S: dlls/iphlpapi/gen-edata dlls/iphlpapi/exports.list
	@mkdir -p $$(@D)
	$$(call say,GEN)dlls/iphlpapi/gen-edata $1 dlls/iphlpapi/exports.list '$(STOCK)' > $$@.tmp && \
		mv $$@.tmp $$@

$(O)/dlls/$1/edata-system.S: dlls/iphlpapi/gen-edata dlls/iphlpapi/exports.list
	@mkdir -p $$(@D)
	$$(call say,GEN)dlls/iphlpapi/gen-edata $1 dlls/iphlpapi/exports.list \
		'$$(call stock_of_system,$1)' > $$@.tmp && mv $$@.tmp $$@

$(O)/dlls/$1/edata%.o: $(O)/dlls/$1/edata%.S
	$$(call say,AS)$$(CROSS_$1)gcc -c -o $$@ $$<

$(O)/dlls/$1/edata.o: $(O)/dlls/$1/edata.S
	$$(call say,AS)$$(CROSS_$1)gcc -c -o $$@ $$<

$(O)/shim/$1/iphlpapi.dll: $(SHIM_SRC:dlls/%.c=$(O)/dlls/$1/%.o) $(O)/dlls/$1/edata.o
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(DLL_LDFLAGS) -Wl,--exclude-all-symbols \
		-e $$(DLL_ENTRY_$1) $$(CROSS_LDFLAGS) -o $$@ $$^ $$(DLL_LIBS)

$(O)/wine/$1-windows/wineestats.dll: $(O)/dlls/$1/wineestats/main.o dlls/mark-builtin
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(DLL_LDFLAGS) -e $$(DLL_ENTRY_$1) $$(CROSS_LDFLAGS) \
		-o $$@ $$(filter %.o,$$^) $$(DLL_LIBS) && dlls/mark-builtin $$@

$(O)/marker/$1/iphlpapi.dll: $(O)/dlls/$1/marker/marker.o dlls/mark-builtin
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(DLL_LDFLAGS) -Wl,--exclude-all-symbols \
		-e $$(DLL_ENTRY_$1) $$(CROSS_LDFLAGS) -o $$@ $$(filter %.o,$$^) && dlls/mark-builtin -x $$@

$(O)/system/$1/iphlpapi.dll: $(SHIM_SRC:dlls/%.c=$(O)/dlls/$1/%.o) \
		$(O)/dlls/$1/edata-system.o dlls/mark-builtin
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(DLL_LDFLAGS) -Wl,--exclude-all-symbols \
		-e $$(DLL_ENTRY_$1) $$(CROSS_LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(DLL_LIBS) && \
		dlls/mark-builtin $$@

$(O)/system/$1/iphlpapi_wine.dll: $(O)/marker/$1/iphlpapi.dll
	@mkdir -p $$(@D)
	$$(call say,CP)cp $$< $$@

$(O)/dlls/$1/shim-test.exe: $(O)/dlls/$1/shim-test.o
	$$(call say,LD)$$(CROSS_$1)gcc -static-libgcc -s -Wl,--no-insert-timestamp -o $$@ $$^ -liphlpapi

-include $(wildcard $(O)/dlls/$1/*.d $(O)/dlls/$1/*/*.d)
endef
# For packages: it has the paths of this ESTATS_DIR in it.
.PHONY: system
system: $(foreach a,$(DLL_ARCHS),$(O)/system/$a/iphlpapi.dll $(O)/system/$a/iphlpapi_wine.dll)

# A DLL whose marking failed must not look finished.
.DELETE_ON_ERROR:

$(foreach a,$(DLL_ARCHS),$(eval $(call dll_rules,$a)))

UNIXLIB_CFLAGS = -std=gnu11 -fPIC -fvisibility=hidden -D_GNU_SOURCE -Iinclude -Ilibs/tcpestats \
	-ffile-prefix-map=$(CURDIR)=.

$(O)/dlls/unix/wineestats/unixlib.o: dlls/wineestats/unixlib.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(UNIXLIB_CFLAGS) $(WARN) $(CFLAGS) -MMD -MP -c -o $@ $<

# The library goes in whole, so that this one file is all that a Wine directory needs. It stays
# loaded once it is: threads may still be in it, and libtcpestats has destructors for them.
UNIXLIB_LDFLAGS = -shared -Wl,-soname,wineestats.so -Wl,-z,defs -Wl,-z,nodelete \
	-Wl,--version-script=dlls/wineestats/unixlib.map

$(UNIXLIB): $(O)/dlls/unix/wineestats/unixlib.o $(LIB_STATIC) dlls/wineestats/unixlib.map
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(UNIXLIB_LDFLAGS) -o $@ \
		$(O)/dlls/unix/wineestats/unixlib.o $(LIB_STATIC) $(NL_LIBS) -lpthread

# The same as 32-bit code.
UNIX32_OBJ := $(LIB_SRC:libs/%.c=$(O)/dlls/unix32/%.o) $(O)/dlls/unix32/wineestats/unixlib.o

$(O)/dlls/unix32/tcpestats/%.o: libs/tcpestats/%.c | need-host
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -m32 $(CPPFLAGS) $(LIB_CFLAGS) $(WARN) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/dlls/unix32/wineestats/unixlib.o: dlls/wineestats/unixlib.c | need-host
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -m32 $(CPPFLAGS) $(UNIXLIB_CFLAGS) $(WARN) $(CFLAGS) -MMD -MP -c -o $@ $<

$(UNIXLIB32): $(UNIX32_OBJ) dlls/wineestats/unixlib.map
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -m32 $(CFLAGS) $(LDFLAGS) $(UNIXLIB_LDFLAGS) -o $@ $(UNIX32_OBJ) \
		$(firstword $(libnl_32)) -lpthread

-include $(wildcard $(O)/dlls/unix/*/*.d $(O)/dlls/unix32/*/*.d)
