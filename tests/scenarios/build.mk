# SPDX-License-Identifier: LGPL-2.1-or-later
# Scripted scenarios: a TCP peer of our own behind a TUN device, see README.md.

SCN_DIR := tests/scenarios
SCN_SRC := main.c cover.c rig.c script.c segment.c peer.c say.c expect.c open.c \
	socket.c stats.c check.c
SCN_OBJ := $(SCN_SRC:%.c=$(O)/scenarios/%.o)
SCN_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Iinclude -Itests/path -Itests/lib

LINT += $(wildcard $(SCN_DIR)/*.[ch])
TESTS += $(O)/run-scenarios $(SCN_DIR)/test-collector.sh $(O)/scenarios/test-wide
TESTS_ALONE += $(O)/run-scenarios $(SCN_DIR)/test-collector.sh
check-only: $(O)/run-scenarios $(O)/scenarios/test-wide

$(call host_objects,$(O)/scenarios,$(SCN_DIR),SCN_CFLAGS)

# The TUN device and the reading of packets are the path emulator's.
$(O)/run-scenarios: $(SCN_OBJ) $(O)/path/tun.o $(O)/path/packet.o $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(NL_LIBS) -pthread

$(O)/scenarios/test-wide.o: SCN_CFLAGS = $(HOST_CFLAGS)
$(O)/scenarios/test-wide: $(O)/scenarios/test-wide.o $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)
