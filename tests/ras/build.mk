# SPDX-License-Identifier: LGPL-2.1-or-later
# rasapi32.dll under Wine: the Windows test program, one that scripts can direct, and a rig of links.

RAS_DIR := tests/ras/windows
RAS_KIT := wt fault
RAS_SRC := $(filter-out $(RAS_DIR)/agent.c,$(sort $(wildcard $(RAS_DIR)/*.c)))
RAS_CFLAGS = -std=gnu11 -D_WIN32_WINNT=0x0600 -iquote $(RAS_DIR) -iquote $(CONF_DIR) \
	-ffile-prefix-map=$(CURDIR)/=
RAS_EXES := $(foreach a,x86_64 i386,$(O)/ras/$a/ras-test.exe $(O)/ras/$a/ras-agent.exe)

WINDOWS += $(RAS_EXES)
check-only: $(O)/ras/rig
LINT += $(wildcard $(RAS_DIR)/*.[ch] tests/ras/*.c)
TESTS += $(sort $(wildcard tests/ras/test-*.sh))

# ras_rules(arch)
define ras_rules
$(call windows_objects,$(O)/ras/$1,$(RAS_DIR),$1,RAS_CFLAGS)
$(patsubst $(RAS_DIR)/%.c,$(O)/ras/$1/%.o,$(wildcard $(RAS_DIR)/*.c)): CROSS_CFLAGS = -O1 -g

$(O)/ras/$1/ras-test.exe: $(RAS_SRC:$(RAS_DIR)/%.c=$(O)/ras/$1/%.o) \
		$(RAS_KIT:%=$(O)/conformance/$1/%.o) $(call version_of,$1,ras-test.exe)
	$$(call say,LD)$$(CROSS_$1)gcc $$(CONF_LDFLAGS) -o $$@ $$^

$(O)/ras/$1/ras-agent.exe: $(O)/ras/$1/agent.o $(O)/ras/$1/api.o $(O)/conformance/$1/wt.o \
		$(call version_of,$1,ras-agent.exe)
	$$(call say,LD)$$(CROSS_$1)gcc $$(CONF_LDFLAGS) -o $$@ $$^
endef
$(eval $(call ras_rules,x86_64))
$(eval $(call ras_rules,i386))

RIG_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Itests/links $(CHECK_CFLAGS)
$(call host_objects,$(O)/ras,tests/ras,RIG_CFLAGS)

$(O)/ras/rig: $(O)/ras/rig.o $(O)/link-tests/tun-kit.o $(O)/host/net.o $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LT_LIBS)
