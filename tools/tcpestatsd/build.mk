# SPDX-License-Identifier: LGPL-2.1-or-later
# tcpestatsd: the collector's daemon. This makes all of it but the programs.

DAEMON_DIR := tools/tcpestatsd
DAEMON_SRC := $(addprefix $(DAEMON_DIR)/,main.c options.c status.c listen.c privileges.c trust.c \
	clients.c closer.c requests.c collector.c ledger.c users.c namespaces.c log.c)
DAEMON_CFLAGS = $(LIB_CFLAGS) -I$(DAEMON_DIR)
DAEMON_OBJ := $(DAEMON_SRC:$(DAEMON_DIR)/%.c=$(O)/tcpestatsd/%.o)

LINT += $(wildcard $(DAEMON_DIR)/*.[ch])

$(O)/tcpestatsd/%.o: $(DAEMON_DIR)/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(DAEMON_CFLAGS) $(WARN) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(DAEMON_OBJ:.o=.d)
