# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests of the command line: its pure parts with the sanitizers, the whole over real connections.

TCT := $(O)/tests/tcpestats
TCT_UNIT := $(patsubst tests/tcpestats/%.c,$(TCT)/%,$(wildcard tests/tcpestats/test-*.c))
TCT_TOOL := address select utf8 print json table members fail \
	evidence verdict verdict-words condition
TCT_CFLAGS = $(TOOL_CFLAGS) -Itests/host $(CHECK_CFLAGS)

ALL += $(TCT)/pair $(TCT)/ends
TESTS += $(TCT_UNIT) $(sort $(wildcard tests/tcpestats/test-*.sh))
TESTS_LONG += $(sort $(wildcard tests/tcpestats/long-*.sh))
TESTS_HOOKED += tests/tcpestats/test-collector.sh
LINT += $(wildcard tests/tcpestats/*.[ch] tests/tcpestats/windows/*.c)
WINDOWS += $(TCT)/windows/gnuplot.exe

check-only: $(TCT_UNIT)

$(TCT)/pair $(TCT)/ends: $(TCT)/%: tests/tcpestats/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(LDFLAGS) -o $@ $<

$(TCT)/windows/gnuplot.exe: tests/tcpestats/windows/gnuplot.c
	@mkdir -p $(@D)
	$(call say,CC64)$(CROSS64)gcc -std=gnu11 $(WARN) -O2 -D_WIN32_WINNT=0x0601 -o $@ $<

$(call host_objects,$(TCT),tests/tcpestats,TCT_CFLAGS,ASAN_FLAGS)
$(call host_objects,$(TCT)/tool,tools/tcpestats,TCT_CFLAGS,ASAN_FLAGS)

$(TCT_UNIT): $(TCT)/%: $(TCT)/%.o $(TCT_TOOL:%=$(TCT)/tool/%.o) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(ASAN_FLAGS) $(LDFLAGS) -o $@ $^ $(NL_LIBS) \
		$(CHECK_LIBS)

.SECONDARY: $(TCT_UNIT:%=%.o) $(TCT_TOOL:%=$(TCT)/tool/%.o)
