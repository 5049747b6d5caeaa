# SPDX-License-Identifier: LGPL-2.1-or-later
# The Windows side: the DLLs that take the place of Wine's, the marker files through which they reach
# Wine's own, and the wineestats pair that leads to the host. Needs no file of Wine's.
#
#   $(O)/wine     a directory for WINEDLLPATH: wineestats.dll for both kinds of programs, .so
#   $(O)/shim     iphlpapi.dll and rasapi32.dll for system32 and syswow64
#   $(O)/marker   the same names for the wine-estats directory in each of those
#   $(O)/system   for all prefixes at once: the same for Wine's own directory, whose own have to
#                 become iphlpapi_wine.dll and rasapi32_wine.dll there, and the markers that lead
#                 to those

comma := ,
DLL_ARCHS := x86_64 i386
# How the linker names a function with 12 bytes of arguments.
DLL_ENTRY_x86_64 := DllMain
DLL_ENTRY_i386 := _DllMain@12

# No C library: kernel32 and ntdll are what every process has. Nothing that differs from one build
# to the next. Unwind tables, or a program's handler would never see a fault over its bad pointer.
# Ours comes last: Windows, too, has a tcpestats.h.
DLL_CFLAGS = -std=gnu11 -D_WIN32_WINNT=0x0601 -fno-stack-protector -idirafter include \
	-fasynchronous-unwind-tables -ffile-prefix-map=$(CURDIR)=.
DLL_LDFLAGS = -shared -nostdlib -nostartfiles -s -Wl,--no-insert-timestamp -Wl,--kill-at \
	-Wl,--disable-auto-image-base
DLL_LIBS := -lkernel32 -lntdll -lgcc

# Every shim is its own folder, and what they share. Each has an exports.list.
SHIMS := iphlpapi rasapi32
SHIM_SRC := $(wildcard dlls/shim/*.c) $(patsubst %,dlls/wineestats/%.c,find status)
UNIXLIB := $(O)/wine/$(WINE_ARCH)-unix/wineestats.so
UNIXLIB32 := $(O)/wine/i386-unix/wineestats.so

# How our programs for Windows find the helper, and the version resource that each of them has; of
# (arch) and of (arch, file).
find_helper = $(O)/dlls/$1/wineestats/find.o
version_of = $(O)/version/$1/$2.o

# What the forwarders of each kind lead through; the second is a file of the host. Of (dll) and of
# (arch, dll).
stock_of_prefix = C:\windows\system32\wine-estats\$1
stock_of_system = \\?\unix$(subst /,\,$(ESTATS_DIR))\system\$1\$2_wine

DLLS := $(foreach a,$(DLL_ARCHS),$(O)/wine/$a-windows/wineestats.dll $(foreach d,$(SHIMS),\
	$(O)/shim/$a/$d.dll $(O)/marker/$a/$d.dll))
SHIM_TESTS := $(foreach a,$(DLL_ARCHS),$(O)/dlls/$a/shim-test.exe)
ALL += $(UNIXLIB) $(if $(filter yes,$(unix32)),$(UNIXLIB32))
WINDOWS += $(DLLS) $(SHIM_TESTS)
TESTS += dlls/test-shim.sh
LINT += $(wildcard dlls/*/*.[ch] dlls/*.c)

# dll_rules(arch)
define dll_rules
$(call windows_objects,$(O)/dlls/$1,dlls,$1,DLL_CFLAGS)
$(O)/wine/$1-windows/wineestats.dll: $(O)/dlls/$1/wineestats/main.o \
	$(call version_of,$1,wineestats.dll) dlls/mark-builtin
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(DLL_LDFLAGS) -e $$(DLL_ENTRY_$1) $$(CROSS_LDFLAGS) \
		-o $$@ $$(filter %.o,$$^) $$(DLL_LIBS) && dlls/mark-builtin $$@

$(O)/version/$1/%.o: $(O)/version/%.rc
	@mkdir -p $$(@D)
	$$(call say,RC)$$(CROSS_$1)windres -o $$@ $$<

$(O)/dlls/$1/shim-test.exe: $(O)/dlls/$1/shim-test.o
	$$(call say,LD)$$(CROSS_$1)gcc -static-libgcc -s -Wl,--no-insert-timestamp -o $$@ $$^ -liphlpapi \
		-lversion
endef

# shim_rules(arch, dll)
define shim_rules
SHIM_OBJ_$1_$2 := $(patsubst dlls/%.c,$(O)/dlls/$1/%.o,$(wildcard dlls/$2/*.c) $(SHIM_SRC)) \
	$(call version_of,$1,$2.dll)

$(O)/dlls/$1/$2-edata.S: dlls/shim/gen-edata dlls/$2/exports.list
	@mkdir -p $$(@D)
	$$(call say,GEN)dlls/shim/gen-edata $1 $2 dlls/$2/exports.list \
		'$$(call stock_of_prefix,$2)' > $$@.tmp && mv $$@.tmp $$@

$(O)/dlls/$1/$2-edata.o: $(O)/dlls/$1/$2-edata.S
	$$(call say,AS)$$(CROSS_$1)gcc -c -o $$@ $$<

$(O)/shim/$1/$2.dll: $$(SHIM_OBJ_$1_$2) $(O)/dlls/$1/$2-edata.o
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(DLL_LDFLAGS) -Wl,--exclude-all-symbols \
		-e $$(DLL_ENTRY_$1) $$(CROSS_LDFLAGS) -o $$@ $$^ $$(DLL_LIBS)

$(O)/marker/$1/$2.dll: $(O)/dlls/$1/marker/marker.o $(call version_of,$1,marker-$2.dll) \
	dlls/mark-builtin
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(DLL_LDFLAGS) -Wl,--exclude-all-symbols \
		-e $$(DLL_ENTRY_$1) $$(CROSS_LDFLAGS) -o $$@ $$(filter %.o,$$^) && dlls/mark-builtin -x $$@
endef

# system_rules(arch, dll)
define system_rules
$(O)/dlls/$1/$2-edata-system.S: dlls/shim/gen-edata dlls/$2/exports.list
	@mkdir -p $$(@D)
	$$(call say,GEN)dlls/shim/gen-edata $1 $2 dlls/$2/exports.list \
		'$$(call stock_of_system,$1,$2)' > $$@.tmp && mv $$@.tmp $$@

$(O)/dlls/$1/$2-edata-system.o: $(O)/dlls/$1/$2-edata-system.S
	$$(call say,AS)$$(CROSS_$1)gcc -c -o $$@ $$<

$(O)/system/$1/$2.dll: $$(SHIM_OBJ_$1_$2) $(O)/dlls/$1/$2-edata-system.o dlls/mark-builtin
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(DLL_LDFLAGS) -Wl,--exclude-all-symbols \
		-e $$(DLL_ENTRY_$1) $$(CROSS_LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(DLL_LIBS) && \
		dlls/mark-builtin $$@

$(O)/system/$1/$2_wine.dll: $(O)/marker/$1/$2.dll
	@mkdir -p $$(@D)
	$$(call say,CP)cp $$< $$@
endef

# version(file, what it is, VFT_DLL or VFT_APP, numbers of the file if not the project's)
version_numbers := $(subst .,$(comma),$(VERSION)),0
define version
$(O)/version/$1.rc: dlls/version.rc.in VERSION
	@mkdir -p $$(@D)
	$$(call say,GEN)sed -e 's|@NAME@|$(patsubst marker-%,%,$1)|; s|@TITLE@|$2|; s|@TYPE@|$3|' \
		-e 's|@NUMBERS@|$(or $4,$(version_numbers))|; s|@VERSION@|$(VERSION)|' \
		-e 's|@PRODUCT_NUMBERS@|$(version_numbers)|' $$< > $$@
endef

# Programs compare the numbers of the DLLs that they know: these are those that Wine's iphlpapi has.
stock_numbers := 5,1,2600,2180
$(eval $(call version,iphlpapi.dll,TCP extended statistics,VFT_DLL,$(stock_numbers)))
$(eval $(call version,rasapi32.dll,Tunnels of the host as RAS connections,VFT_DLL,$(stock_numbers)))
$(foreach d,$(SHIMS),$(eval $(call version,marker-$d.dll,Marker for Wine to load its own $d.dll,\
	VFT_DLL)))
$(eval $(call version,wineestats.dll,Way from Windows programs to the host,VFT_DLL))
$(eval $(call version,wine-estats-selftest.exe,Self-test of wine-estats,VFT_APP))
$(eval $(call version,tcpestats.exe,Shows extended statistics of TCP connections,VFT_APP))
$(eval $(call version,estats-test.exe,Conformance test of the TCP statistics,VFT_APP))
$(eval $(call version,callers.exe,Habits of programs that read TCP statistics,VFT_APP))
$(eval $(call version,ras-test.exe,Test of RAS connections and their statistics,VFT_APP))
$(eval $(call version,ras-agent.exe,Asks about RAS connections for a test,VFT_APP))

# For packages: it has the paths of this ESTATS_DIR in it.
.PHONY: system
system: $(foreach a,$(DLL_ARCHS),$(foreach d,$(SHIMS),\
	$(O)/system/$a/$d.dll $(O)/system/$a/$d_wine.dll))

# A DLL whose marking failed must not look finished.
.DELETE_ON_ERROR:

$(foreach a,$(DLL_ARCHS),$(eval $(call dll_rules,$a)))
$(foreach a,$(DLL_ARCHS),$(foreach d,$(SHIMS),$(eval $(call shim_rules,$a,$d))))
$(foreach a,$(DLL_ARCHS),$(foreach d,$(SHIMS),$(eval $(call system_rules,$a,$d))))

UNIXLIB_SRC := $(patsubst %,dlls/wineestats/%.c,answers unixlib unix-ras unix-totals)
UNIX_OBJ := $(UNIXLIB_SRC:dlls/%.c=$(O)/dlls/unix/%.o)
UNIXLIB_CFLAGS = -std=gnu11 -fPIC -fvisibility=hidden -D_GNU_SOURCE $(large_files) -Iinclude \
	-Ilibs/tcpestats -I$(LINKS_DIR) -ffile-prefix-map=$(CURDIR)=.
UNIXLIB_LDFLAGS = -shared -Wl,-soname,wineestats.so -Wl,-z,defs -Wl,-z,nodelete \
	-Wl,--version-script=dlls/wineestats/unixlib.map

$(call host_objects,$(O)/dlls/unix,dlls,UNIXLIB_CFLAGS)

# The libraries go in whole, so that this one file is all that a Wine directory needs. It stays
# loaded once it is: threads may still be in it, and libtcpestats has destructors for them.
$(UNIXLIB): $(UNIX_OBJ) $(LINKS_STATIC) $(LIB_STATIC) dlls/wineestats/unixlib.map
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(UNIXLIB_LDFLAGS) -o $@ \
		$(UNIX_OBJ) $(LINKS_STATIC) $(LIB_STATIC) $(ROUTE_LIBS) $(NL_LIBS) -lpthread

# The same as 32-bit code, where the other is none.
ifneq ($(UNIXLIB),$(UNIXLIB32))
UNIX32_OBJ := $(patsubst libs/%.c,$(O)/dlls/unix32/%.o,$(LINKS_SRC) $(LIB_SRC)) \
	$(UNIXLIB_SRC:dlls/%.c=$(O)/dlls/unix32/%.o)

UNIX32_FLAGS = -m32 $(LARGE_FILES)

$(call host_objects,$(O)/dlls/unix32/tcpestats,libs/tcpestats,LIB_CFLAGS,UNIX32_FLAGS)
$(call host_objects,$(O)/dlls/unix32/links,libs/links,LINKS_CFLAGS,UNIX32_FLAGS)
$(call host_objects,$(O)/dlls/unix32/wineestats,dlls/wineestats,UNIXLIB_CFLAGS,UNIX32_FLAGS)
$(UNIX32_OBJ): | need-host

$(UNIXLIB32): $(UNIX32_OBJ) dlls/wineestats/unixlib.map
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -m32 $(CFLAGS) $(LDFLAGS) $(UNIXLIB_LDFLAGS) -o $@ $(UNIX32_OBJ) \
		$(firstword $(libnl_route_32)) $(firstword $(libnl_32)) -lpthread
endif
