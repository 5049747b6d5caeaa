# SPDX-License-Identifier: LGPL-2.1-or-later
# The collector's programs by themselves: loaded, attached, and held against real connections.

COLLECTOR := tests/collector
COLLECTOR_TEST := $(patsubst $(COLLECTOR)/%.c,%,$(sort $(wildcard $(COLLECTOR)/test-*.c)))
COLLECTOR_CFLAGS = $(DAEMON_CFLAGS) -Itests/host -I$(COLLECTOR) \
	$(shell $(PKG_CONFIG) --cflags check)
COLLECTOR_LIBS = $(DAEMON_LIBS) $(shell $(PKG_CONFIG) --libs check) -pthread
COLLECTOR_PROGRAMS := $(COLLECTOR_TEST:%=$(O)/collector/%)

LINT += $(wildcard $(COLLECTOR)/*.[ch])

ifeq ($(collector),yes)
TESTS += $(COLLECTOR_PROGRAMS)
TESTS_ALONE += $(COLLECTOR_PROGRAMS)
check-only: $(COLLECTOR_PROGRAMS)
endif

.PHONY: check-collector
check-collector: $(COLLECTOR_PROGRAMS) $(O)/path-relay
	$(Q)O=$(O) tests/run $(COLLECTOR_PROGRAMS)

$(O)/collector/%.o: $(COLLECTOR)/%.c $(BPF_SKELETON)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(COLLECTOR_CFLAGS) $(WARN) $(CFLAGS) -MMD -MP -c -o $@ $<

$(COLLECTOR_PROGRAMS): $(O)/collector/%: $(O)/collector/%.o $(O)/collector/kit.o $(O)/collector/path-kit.o $(O)/host/net.o \
		$(PROGRAMS_OBJ) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(COLLECTOR_LIBS)

$(O)/collector/features: $(O)/collector/features.o $(PROGRAMS_OBJ)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS)

-include $(wildcard $(O)/collector/*.d)
