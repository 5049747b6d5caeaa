# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests of libs/links, in the manner of tests/host: each test-*.c a program, built plain and with
# sanitizers, the plain one also run under valgrind.

LT_DIR := tests/links
LT_SRC := $(sort $(wildcard $(LT_DIR)/*.c))
LT_TEST := $(patsubst $(LT_DIR)/%.c,%,$(filter $(LT_DIR)/test-%,$(LT_SRC)))
LT_HELP := $(patsubst $(LT_DIR)/%.c,%,$(filter-out $(LT_DIR)/test-%,$(LT_SRC)))
LT_CFLAGS = $(LINKS_CFLAGS) -I$(LT_DIR) -Itests/host $(CHECK_CFLAGS)
LT_LIBS = $(ROUTE_LIBS) $(NL_LIBS) $(CHECK_LIBS) -pthread

LT_PROGRAMS := $(LT_TEST:%=$(O)/link-tests/%)
LT_ASAN := $(LT_TEST:%=$(O)/asan/link-tests/%)

LINT += $(wildcard $(LT_DIR)/*.[ch])
TESTS += $(LT_PROGRAMS) $(LT_ASAN) $(LT_DIR)/valgrind.sh
check-only: $(LT_PROGRAMS) $(LT_ASAN)

.PHONY: check-links
check-links: $(LT_PROGRAMS) $(LT_ASAN)
	$(Q)O=$(O) tests/run $^ $(LT_DIR)/valgrind.sh

$(call host_objects,$(O)/link-tests,$(LT_DIR),LT_CFLAGS)

$(LT_PROGRAMS): $(O)/link-tests/%: $(O)/link-tests/%.o $(LT_HELP:%=$(O)/link-tests/%.o) \
		$(O)/host/net.o $(LINKS_STATIC) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LT_LIBS)

$(call host_objects,$(O)/asan/links,$(LINKS_DIR),LINKS_CFLAGS,ASAN_FLAGS)

$(call host_objects,$(O)/asan/link-tests,$(LT_DIR),LT_CFLAGS,ASAN_FLAGS)

$(O)/asan/liblinks.a: $(LINKS_SRC:$(LINKS_DIR)/%.c=$(O)/asan/links/%.o)
	$(call say,AR)rm -f $@ && $(AR) rcsD $@ $^

$(LT_ASAN): $(O)/asan/link-tests/%: $(O)/asan/link-tests/%.o $(LT_HELP:%=$(O)/asan/link-tests/%.o) \
		$(O)/asan/net.o $(O)/asan/liblinks.a $(O)/asan/libtcpestats.a
	$(call say,LD)$(CC) $(CFLAGS) $(ASAN_FLAGS) $(LDFLAGS) -o $@ $^ $(LT_LIBS)
