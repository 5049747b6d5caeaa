# SPDX-License-Identifier: LGPL-2.1-or-later
# The collector's daemon over a stand-in for the eBPF programs, and the library's end of its socket.

CDAEMON := $(O)/collector-daemon
CDAEMON_DIR := tests/collector-daemon
CDAEMON_CFLAGS = $(HOST_CFLAGS) -I$(DAEMON) -I$(CDAEMON_DIR) \
	-DDAEMON='"$(CDAEMON)/tcpestatsd"'

CDAEMON_TEST := $(patsubst $(CDAEMON_DIR)/%.c,%,$(wildcard $(CDAEMON_DIR)/test-*.c))
CDAEMON_PROGRAMS := $(CDAEMON_TEST:%=$(CDAEMON)/%)

TESTS += $(CDAEMON_PROGRAMS) $(addprefix $(CDAEMON_DIR)/,test-command.sh test-units.sh asan.sh)
TESTS_LONG += $(addprefix $(CDAEMON_DIR)/,with-programs.sh long-churn.sh)
check-only check-long-only: $(CDAEMON_PROGRAMS) $(CDAEMON)/asan/tcpestatsd
LINT += $(wildcard $(CDAEMON_DIR)/*.[ch])

$(call host_objects,$(CDAEMON),$(CDAEMON_DIR),CDAEMON_CFLAGS)

# The daemon with the stand-in in it: for the tests of clients, too.
$(CDAEMON)/tcpestatsd: $(DAEMON_OBJ) $(CDAEMON)/mock-programs.o $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NL_LIBS) -pthread

$(call host_objects,$(CDAEMON)/asan/daemon,$(DAEMON),CDAEMON_CFLAGS,ASAN_FLAGS)

$(call host_objects,$(CDAEMON)/asan,$(CDAEMON_DIR),CDAEMON_CFLAGS,ASAN_FLAGS)

$(CDAEMON)/asan/tcpestatsd: $(DAEMON_SRC:$(DAEMON)/%.c=$(CDAEMON)/asan/daemon/%.o) \
		$(CDAEMON)/asan/mock-programs.o $(O)/asan/libtcpestats.a
	$(call say,LD)$(CC) $(CFLAGS) $(ASAN_FLAGS) $(LDFLAGS) -o $@ $^ $(NL_LIBS) -pthread

$(CDAEMON)/test-hang: $(CDAEMON)/hang-file.o

$(CDAEMON)/test-%: $(CDAEMON)/test-%.o $(CDAEMON)/daemon-kit.o $(O)/host/net.o $(LIB_STATIC) \
		| $(CDAEMON)/tcpestatsd
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter-out $(CDAEMON)/tcpestatsd,$^) $(HOST_LIBS)

.SECONDARY: $(CDAEMON_TEST:%=$(CDAEMON)/%.o) $(CDAEMON)/daemon-kit.o $(CDAEMON)/hang-file.o
