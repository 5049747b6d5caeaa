# SPDX-License-Identifier: LGPL-2.1-or-later
# What programs do with the functions: a Windows program for both architectures, its peer at the far
# end of an emulated path, and the tests that run it.

CALL_DIR := tests/callers/windows
CALL_SRC := $(sort $(wildcard $(CALL_DIR)/*.c))
CALL_KIT := wt estats net
CALL_CFLAGS = -std=gnu11 -O1 -g -D_WIN32_WINNT=0x0600 -iquote include -iquote $(CALL_DIR) \
	-iquote $(CONF_DIR) -ffile-prefix-map=$(CURDIR)/=
CALL_EXES := $(foreach a,x86_64 i386,$(O)/callers/$a/callers.exe)

WINDOWS += $(CALL_EXES)
check-only: $(O)/callers/peer
LINT += $(wildcard $(CALL_DIR)/*.[ch]) tests/callers/peer-main.c
TESTS += $(sort $(wildcard tests/callers/test-*.sh))

# callers_rules(arch)
define callers_rules
$(call windows_objects,$(O)/callers/$1,$(CALL_DIR),$1,CALL_CFLAGS)

$(O)/callers/$1/callers.exe: $(CALL_SRC:$(CALL_DIR)/%.c=$(O)/callers/$1/%.o) \
		$(CALL_KIT:%=$(O)/conformance/$1/%.o) $(call version_of,$1,callers.exe)
	$$(call say,LD)$$(CROSS_$1)gcc $$(CONF_LDFLAGS) -o $$@ $$^ -liphlpapi $$(CONF_LIBS)
endef
$(eval $(call callers_rules,x86_64))
$(eval $(call callers_rules,i386))

$(O)/callers/peer: tests/callers/peer-main.c $(CALL_DIR)/peer.c $(CALL_DIR)/peer.h
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CPPFLAGS) -std=gnu11 -D_GNU_SOURCE -I$(CALL_DIR) $(WARN) $(CFLAGS) $(LDFLAGS) \
		-o $@ $(filter %.c,$^) -lpthread

# Where this kernel runs no 32-bit code, in a machine that does.
.PHONY: callers-table
callers-table: need-host with-windows all $(O)/callers/peer
	$(Q)if tools/runs-32bit; then \
		O=$(O) tests/run tests/callers/test-callers.sh && cp $(O)/callers/table.md docs/callers.md; \
	else \
		$(MAKE) check-wine32 WINE32=bookworm:multiarch WINE32_SUITES=callers && \
			cp $(O)/log/wine32-bookworm-multiarch/table.md docs/callers.md; \
	fi
