# SPDX-License-Identifier: LGPL-2.1-or-later
TESTS += $(addprefix tests/wine-estats/,test-install.sh test-restore.sh test-interrupt.sh \
	test-parts.sh test-refuse.sh test-check.sh test-by-path.sh test-own-dll.sh test-package.sh \
	test-style.sh)
TESTS_LONG += tests/wine-estats/long-interrupt.sh

# test-by-path.sh's stand-in for a Wine that loads a unix library by its path, and what it finds there.
STANDIN_DIR := tests/wine-estats/windows
STANDIN_FAKES := $(addprefix $(O)/standin/,other-version.so no-answer.so nothing-of-ours.so)
fake_flags_other-version := -DFAKE_PROTOCOL=99
fake_flags_no-answer := -DFAKE_ERROR
WINDOWS += $(STANDIN_FAKES) $(O)/standin/wine/$(WINE_ARCH)-unix/standin.so \
	$(foreach a,$(DLL_ARCHS),$(O)/standin/wine/$a-windows/standin.dll $(O)/standin/$a/by-path.exe)
LINT += $(wildcard $(STANDIN_DIR)/*.[ch])

$(STANDIN_FAKES): $(O)/standin/%.so: $(STANDIN_DIR)/fake.c
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -std=gnu11 $(WARN) -fPIC -shared $(fake_flags_$*) $(LDFLAGS) -o $@ $<

$(O)/standin/wine/$(WINE_ARCH)-unix/standin.so: $(STANDIN_DIR)/standin-unix.c $(STANDIN_DIR)/standin.h
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -std=gnu11 $(WARN) -fPIC -shared $(LDFLAGS) -o $@ $< -ldl

# standin_rules(arch)
define standin_rules
$(O)/standin/wine/$1-windows/standin.dll: $(STANDIN_DIR)/standin.c $(STANDIN_DIR)/standin.h \
	dlls/mark-builtin
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc $$(DLL_CFLAGS) $$(WARN) $$(DLL_LDFLAGS) -e $$(DLL_ENTRY_$1) $$(CROSS_LDFLAGS) \
		-o $$@ $$< $$(DLL_LIBS) && dlls/mark-builtin $$@

$(O)/standin/$1/by-path.exe: $(STANDIN_DIR)/by-path.c $(STANDIN_DIR)/standin.h
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CROSS_$1)gcc -std=gnu11 -D_WIN32_WINNT=0x0601 $$(WARN) -static-libgcc -s $$(CROSS_LDFLAGS) \
		-o $$@ $$< -lws2_32
endef
$(foreach a,$(DLL_ARCHS),$(eval $(call standin_rules,$a)))

# test-own-dll.sh's program.
WINDOWS += $(O)/own/own.exe $(O)/own/iphlpapi.dll
$(O)/own/own.exe: $(STANDIN_DIR)/own.c
	@mkdir -p $(@D)
	$(call say,LD)$(CROSS64)gcc -std=gnu11 $(WARN) -s $(CROSS_LDFLAGS) -o $@ $<
$(O)/own/iphlpapi.dll: $(STANDIN_DIR)/own.c
	@mkdir -p $(@D)
	$(call say,LD)$(CROSS64)gcc -std=gnu11 $(WARN) -DOWN_DLL -shared -s $(CROSS_LDFLAGS) -o $@ $<
