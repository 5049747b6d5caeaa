# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests of the command line: its pure parts with the sanitizers, the whole over real connections.

TCT := $(O)/tests/tcpestats
TCT_UNIT := $(patsubst tests/tcpestats/%.c,$(TCT)/%,$(wildcard tests/tcpestats/test-*.c))
TCT_TOOL := address select utf8 print json table members fail
TCT_CFLAGS = $(TOOL_CFLAGS) -Itests/host -g -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined $(shell $(PKG_CONFIG) --cflags check)

ALL += $(TCT)/pair
TESTS += $(TCT_UNIT) $(sort $(wildcard tests/tcpestats/test-*.sh))
LINT += $(wildcard tests/tcpestats/*.[ch])

check-only: $(TCT_UNIT)

$(TCT)/pair: tests/tcpestats/pair.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(LDFLAGS) -o $@ $<

$(TCT)/%.o: tests/tcpestats/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(TCT_CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

$(TCT)/tool/%.o: tools/tcpestats/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(TCT_CFLAGS) $(WARN) -MMD -MP -c -o $@ $<

$(TCT_UNIT): $(TCT)/%: $(TCT)/%.o $(TCT_TOOL:%=$(TCT)/tool/%.o) $(LIB_STATIC)
	$(call say,LD)$(CC) $(LDFLAGS) -fsanitize=address,undefined -o $@ $^ $(NL_LIBS) \
		$(shell $(PKG_CONFIG) --libs check)

.SECONDARY: $(TCT_UNIT:%=%.o) $(TCT_TOOL:%=$(TCT)/tool/%.o)
-include $(wildcard $(TCT)/*.d $(TCT)/tool/*.d)
