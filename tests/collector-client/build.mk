# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests of the library with a collector: over a stand-in for its end of the socket, with a clock and
# a sock_diag of the test's own; built twice, the second time with sanitizers.

CCLIENT_DIR := tests/collector-client
CCLIENT_CFLAGS = $(HOST_CFLAGS) -I$(CCLIENT_DIR)
CCLIENT_SRC := $(sort $(wildcard $(CCLIENT_DIR)/*.c))
CCLIENT_TEST := $(patsubst $(CCLIENT_DIR)/%.c,%,$(filter $(CCLIENT_DIR)/test-%,$(CCLIENT_SRC)))
CCLIENT_LDFLAGS = $(addprefix -Wl$(comma)--wrap=,te_diag_lookup te_diag_has_listener clock_gettime)

# Those that use the real clock and the real kernel.
CCLIENT_REAL := $(filter test-silence test-torn,$(CCLIENT_TEST))

CCLIENT_PROGRAMS := $(CCLIENT_TEST:%=$(O)/collector-client/%)
CCLIENT_ASAN := $(patsubst %,$(O)/asan/collector-client/%,$(filter-out $(CCLIENT_REAL),$(CCLIENT_TEST)))

TESTS += $(CCLIENT_PROGRAMS) $(CCLIENT_ASAN)
check-only: $(CCLIENT_PROGRAMS) $(CCLIENT_ASAN)
LINT += $(wildcard $(CCLIENT_DIR)/*.[ch])

$(call host_objects,$(O)/collector-client,$(CCLIENT_DIR),CCLIENT_CFLAGS)

$(call host_objects,$(O)/asan/collector-client,$(CCLIENT_DIR),CCLIENT_CFLAGS,ASAN_FLAGS)

$(O)/collector-client/test-%: $(O)/collector-client/test-%.o $(O)/collector-client/mock-link.o \
		$(O)/collector-client/model.o $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(CCLIENT_LDFLAGS) -o $@ $^ $(HOST_LIBS)

$(O)/asan/collector-client/test-%: $(O)/asan/collector-client/test-%.o \
		$(O)/asan/collector-client/mock-link.o $(O)/asan/collector-client/model.o \
		$(O)/asan/libtcpestats.a
	$(call say,LD)$(CC) $(CFLAGS) $(ASAN_FLAGS) $(LDFLAGS) $(CCLIENT_LDFLAGS) -o $@ $^ $(HOST_LIBS)

$(CCLIENT_REAL:%=$(O)/collector-client/%): $(O)/collector-client/%: $(O)/collector-client/%.o \
		$(O)/collector-client/mock-link.o $(O)/host/net.o $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)

.SECONDARY: $(CCLIENT_SRC:$(CCLIENT_DIR)/%.c=$(O)/collector-client/%.o) \
	$(CCLIENT_SRC:$(CCLIENT_DIR)/%.c=$(O)/asan/collector-client/%.o)
