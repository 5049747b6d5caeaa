# SPDX-License-Identifier: LGPL-2.1-or-later
# The Windows test program for both architectures, and the tests that run it under Wine.

CONF_DIR := tests/conformance/windows
CONF_SRC := $(sort $(wildcard $(CONF_DIR)/*.c))
CONF_CFLAGS = -std=gnu11 -D_WIN32_WINNT=0x0600 -iquote include -iquote $(CONF_DIR) \
	-ffile-prefix-map=$(CURDIR)/=
CONF_LDFLAGS = -static -Wl,--no-insert-timestamp
CONF_LIBS = -lws2_32 -ladvapi32
CONF_OBJ64 := $(CONF_SRC:$(CONF_DIR)/%.c=$(O)/conformance/x86_64/%.o)
CONF_OBJ32 := $(CONF_SRC:$(CONF_DIR)/%.c=$(O)/conformance/i386/%.o)
CONF_EXE64 := $(O)/conformance/x86_64/estats-test.exe
CONF_EXE32 := $(O)/conformance/i386/estats-test.exe

WINDOWS += $(CONF_EXE64) $(CONF_EXE32)
LINT += $(CONF_SRC) $(wildcard $(CONF_DIR)/*.h)
TESTS += $(sort $(wildcard tests/conformance/test-*.sh))
TESTS_LONG += tests/conformance/long-collector.sh

$(call windows_objects,$(O)/conformance/x86_64,$(CONF_DIR),x86_64,CONF_CFLAGS)
$(call windows_objects,$(O)/conformance/i386,$(CONF_DIR),i386,CONF_CFLAGS)
$(CONF_OBJ64) $(CONF_OBJ32): CROSS_CFLAGS = -O1 -g

$(CONF_EXE64): $(CONF_OBJ64) $(call version_of,x86_64,estats-test.exe)
	$(call say,LD)$(CROSS64)gcc $(CONF_LDFLAGS) -o $@ $^ $(CONF_LIBS)

$(CONF_EXE32): $(CONF_OBJ32) $(call version_of,i386,estats-test.exe)
	$(call say,LD)$(CROSS32)gcc $(CONF_LDFLAGS) -o $@ $^ $(CONF_LIBS)
