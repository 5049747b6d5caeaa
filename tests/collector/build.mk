# SPDX-License-Identifier: LGPL-2.1-or-later
# The collector's programs by themselves: loaded, attached, and held against real connections.

COLLECTOR := tests/collector
COLLECTOR_TEST := $(patsubst $(COLLECTOR)/%.c,%,$(sort $(wildcard $(COLLECTOR)/test-*.c)))
COLLECTOR_CFLAGS = $(DAEMON_CFLAGS) -Itests/host -I$(COLLECTOR) \
	$(CHECK_CFLAGS)
COLLECTOR_LIBS = $(DAEMON_LIBS) $(CHECK_LIBS) -pthread
COLLECTOR_PROGRAMS := $(COLLECTOR_TEST:%=$(O)/collector/%)

LINT += $(wildcard $(COLLECTOR)/*.[ch])

ifeq ($(collector),yes)
TESTS += $(COLLECTOR_PROGRAMS)
TESTS_ALONE += $(COLLECTOR_PROGRAMS)
TESTS_HOOKED += $(COLLECTOR_PROGRAMS)
check-only: $(COLLECTOR_PROGRAMS)
endif

.PHONY: check-collector
check-collector: $(COLLECTOR_PROGRAMS) $(O)/path-relay
	$(Q)O=$(O) tests/run $(COLLECTOR_PROGRAMS)

$(call host_objects,$(O)/collector,$(COLLECTOR),COLLECTOR_CFLAGS)
$(patsubst $(COLLECTOR)/%.c,$(O)/collector/%.o,$(wildcard $(COLLECTOR)/*.c)): $(BPF_SKELETON)

$(COLLECTOR_PROGRAMS): $(O)/collector/%: $(O)/collector/%.o $(O)/collector/kit.o $(O)/collector/rights.o \
		$(O)/collector/path-kit.o $(O)/host/net.o \
		$(PROGRAMS_OBJ) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(COLLECTOR_LIBS)

$(O)/collector/features: $(O)/collector/features.o $(O)/collector/rights.o $(PROGRAMS_OBJ)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS)
