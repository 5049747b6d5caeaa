# SPDX-License-Identifier: LGPL-2.1-or-later
# What a machine does to the library: memory and descriptors that run out, old kernels, connections
# that come and go by the thousand, calls without number.

FAULTS := $(O)/faults
FAULTS_TEST := $(patsubst tests/faults/%.c,%,$(wildcard tests/faults/test-*.c))
FAULTS_CFLAGS = $(HOST_CFLAGS) -Itests/faults
# With the sanitizers as well, where what they see is worth the time.
FAULTS_ASAN_TEST := test-scarcity test-kernels test-descriptors

FAULTS_LDFLAGS_test-scarcity := -Wl,--wrap=calloc -Wl,--wrap=strdup -Wl,--wrap=mmap
FAULTS_LDFLAGS_test-kernels := -Wl,--wrap=recv

FAULTS_PROGRAMS := $(FAULTS_TEST:%=$(FAULTS)/%) $(FAULTS_ASAN_TEST:%=$(FAULTS)/asan/%)

TESTS += $(FAULTS_PROGRAMS)
TESTS_LONG += $(addprefix tests/faults/,long-churn.sh long-growth.sh long-kills.sh)
LINT += $(wildcard tests/faults/*.[ch])
check-only: $(FAULTS_PROGRAMS)
check-long-only: $(FAULTS_PROGRAMS) $(addprefix $(O)/host/,test-lanes test-memory test-memory-kills)

$(call host_objects,$(FAULTS),tests/faults,FAULTS_CFLAGS)

$(call host_objects,$(FAULTS)/asan,tests/faults,FAULTS_CFLAGS,ASAN_FLAGS)

# Under asan/ first: make takes the pattern with the shortest stem.
$(FAULTS)/asan/test-%: $(FAULTS)/asan/test-%.o $(O)/asan/net.o $(O)/asan/libtcpestats.a
	$(call say,LD)$(CC) $(CFLAGS) $(ASAN_FLAGS) $(LDFLAGS) $(FAULTS_LDFLAGS_test-$*) -o $@ $^ \
		$(HOST_LIBS)

$(FAULTS)/test-%: $(FAULTS)/test-%.o $(O)/host/net.o $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(FAULTS_LDFLAGS_test-$*) -o $@ $^ $(HOST_LIBS)

.SECONDARY: $(FAULTS_TEST:%=$(FAULTS)/%.o) $(FAULTS_ASAN_TEST:%=$(FAULTS)/asan/%.o)
