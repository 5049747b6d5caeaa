# SPDX-License-Identifier: LGPL-2.1-or-later
# The emulated path, the transfer program, and the demo that stands on both.

include $(wildcard tools/demo/build.mk)

PATH_CFLAGS = -std=gnu11 -D_GNU_SOURCE
PATH_RELAY_SRC := relay.c impair.c settings.c flow.c packet.c queue.c tun.c
PATH_RELAY_OBJ := $(PATH_RELAY_SRC:%.c=$(O)/path/%.o)
PATH_XFER_SRC := xfer.c endpoint.c
PATH_XFER_OBJ := $(PATH_XFER_SRC:%.c=$(O)/path/%.o)

ALL += $(O)/path-relay $(O)/path-xfer
LINT += $(wildcard tests/path/*.[ch])
TESTS += $(sort $(wildcard tests/path/test-*.sh))
TESTS_ALONE += $(wildcard tests/path/test-*.sh)

$(call host_objects,$(O)/path,tests/path,PATH_CFLAGS)

$(O)/path-relay: $(PATH_RELAY_OBJ)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

$(O)/path-xfer: $(PATH_XFER_OBJ)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^
