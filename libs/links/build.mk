# SPDX-License-Identifier: LGPL-2.1-or-later
# Links of the host as Remote Access Service connections: a static part of what shows them (the
# helper's unix side, tcpestats). No part of libtcpestats, whose users need no libnl-route; it takes
# its state directory, locks and sockets from there.

LINKS_DIR := libs/links
LINKS_SRC := $(sort $(wildcard $(LINKS_DIR)/*.c))
LINKS_OBJ := $(LINKS_SRC:$(LINKS_DIR)/%.c=$(O)/links/%.o)
LINKS_CFLAGS = $(LIB_CFLAGS) -I$(LINKS_DIR) $(ROUTE_CFLAGS)
LINKS_STATIC := $(O)/liblinks.a

ALL += $(LINKS_STATIC)
LINT += $(wildcard $(LINKS_DIR)/*.[ch])

$(call host_objects,$(O)/links,$(LINKS_DIR),LINKS_CFLAGS)

$(LINKS_OBJ): | need-host

$(LINKS_STATIC): $(LINKS_OBJ)
	$(call say,AR)rm -f $@ && $(AR) rcsD $@ $^
