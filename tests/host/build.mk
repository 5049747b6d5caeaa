# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests of the host library. Each test-*.c is a program of its own, linked with the other .c files
# here and with the static library; all are built twice, the second time with sanitizers.

comma := ,
HOST_DIR := tests/host
HOST_SRC := $(sort $(wildcard $(HOST_DIR)/*.c))
HOST_TEST := $(patsubst $(HOST_DIR)/%.c,%,$(filter $(HOST_DIR)/test-%,$(HOST_SRC)))
HOST_HELP := $(patsubst $(HOST_DIR)/%.c,%,$(filter-out $(HOST_DIR)/test-%,$(HOST_SRC)))
HOST_CFLAGS = $(LIB_CFLAGS) -I$(HOST_DIR) $(CHECK_CFLAGS)
HOST_LIBS = $(NL_LIBS) $(CHECK_LIBS) -pthread
ASAN_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,float-cast-overflow \
	-fno-sanitize-recover=all -DSANITIZED
ASAN_LIB_OBJ := $(LIB_SRC:libs/tcpestats/%.c=$(O)/asan/lib/%.o)

# What single tests need: system calls to interpose.
HOST_LDFLAGS_test-faults := $(addprefix -Wl$(comma)--wrap=,sendto recv poll getsockopt)
HOST_LDFLAGS_test-lanes := -Wl,--wrap=madvise
HOST_LDFLAGS_test-memory-stdio := $(addprefix -Wl$(comma)--wrap=,read pread pwrite fstat fstatfs \
	fchmod posix_fallocate flock mkdirat faccessat renameat openat)

HOST_PROGRAMS := $(HOST_TEST:%=$(O)/host/%)
ASAN_PROGRAMS := $(HOST_TEST:%=$(O)/asan/%)

LINT += $(wildcard $(HOST_DIR)/*.[ch])
TESTS += $(HOST_PROGRAMS) $(ASAN_PROGRAMS) $(HOST_DIR)/valgrind.sh
TESTS_ALONE += $(HOST_DIR)/valgrind.sh # the wait for the lock of the memory is bounded
check-only: $(HOST_PROGRAMS) $(ASAN_PROGRAMS)

.PHONY: check-host host-programs
host-programs: $(HOST_PROGRAMS)
check-host: $(HOST_PROGRAMS) $(ASAN_PROGRAMS)
	$(Q)O=$(O) tests/run $^ $(HOST_DIR)/valgrind.sh

$(call host_objects,$(O)/host,$(HOST_DIR),HOST_CFLAGS)

$(HOST_PROGRAMS): $(O)/host/%: $(O)/host/%.o $(HOST_HELP:%=$(O)/host/%.o) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(HOST_LDFLAGS_$*) -o $@ $^ $(HOST_LIBS)

$(call host_objects,$(O)/asan/lib,libs/tcpestats,LIB_CFLAGS,ASAN_FLAGS)

$(call host_objects,$(O)/asan,$(HOST_DIR),HOST_CFLAGS,ASAN_FLAGS)

$(O)/asan/libtcpestats.a: $(ASAN_LIB_OBJ)
	$(call say,AR)rm -f $@ && $(AR) rcsD $@ $^

$(ASAN_PROGRAMS): $(O)/asan/%: $(O)/asan/%.o $(HOST_HELP:%=$(O)/asan/%.o) $(O)/asan/libtcpestats.a
	$(call say,LD)$(CC) $(CFLAGS) $(ASAN_FLAGS) $(LDFLAGS) $(HOST_LDFLAGS_$*) -o $@ $^ $(HOST_LIBS)
