# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzz targets. `make check` replays their corpora with the sanitizers of the ordinary compiler;
# `make check-long` fuzzes each for FUZZ_SECONDS where clang has libFuzzer.

FUZZ := $(O)/fuzz
FUZZ_TARGETS := diag memory record select json check links collector recording
FUZZ_CFLAGS = $(LINKS_CFLAGS) -Itests/fuzz -Itests/host -Itools/tcpestats -I$(DAEMON) $(CHECK_CFLAGS)
FUZZ_CLANG ?= clang
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fsanitize=float-cast-overflow -fno-sanitize-recover=all

# By target: what it is linked with beside the library.
FUZZ_WITH_select := address select utf8 members
FUZZ_WITH_json := json print utf8 members
FUZZ_HELP_json := json-strict
FUZZ_WITH_recording := address ends select utf8 members fail conns backend backend-recording \
	recording recording-read json-read stream stream-linux progress plot-series evidence
FUZZ_HELP_recording := json-strict
FUZZ_LIBS_recording := $(Z_LIBS) -lm
FUZZ_TOOL := $(sort print json $(FUZZ_WITH_recording))
FUZZ_ASAN_links := $(O)/asan/liblinks.a
FUZZ_CLANG_links := $(LINKS_SRC:$(LINKS_DIR)/%.c=$(FUZZ)/clang/links/%.o)
# And with what of the daemon: all that is between its sockets and its programs.
FUZZ_DAEMON_collector := requests collection ledger holders users subids namespaces log

FUZZ_REPLAYS := $(FUZZ_TARGETS:%=$(FUZZ)/replay-%)
FUZZ_FUZZERS := $(FUZZ_TARGETS:%=$(FUZZ)/fuzz-%)

TESTS += $(FUZZ)/test-json-strict tests/fuzz/replay.sh
TESTS_LONG += tests/fuzz/fuzz.sh
LINT += $(wildcard tests/fuzz/*.[ch])
check-only: $(FUZZ_REPLAYS) $(FUZZ)/make-seeds $(FUZZ)/test-json-strict

# Whether there is a libFuzzer is for tests/fuzz/fuzz.sh to say.
.PHONY: fuzzers
fuzzers: $(FUZZ_FUZZERS)

# gcc: for replaying
$(call host_objects,$(FUZZ),tests/fuzz,FUZZ_CFLAGS,ASAN_FLAGS)
$(call host_objects,$(FUZZ)/tool,tools/tcpestats,FUZZ_CFLAGS,ASAN_FLAGS)
$(call host_objects,$(FUZZ)/daemon,$(DAEMON),FUZZ_CFLAGS,ASAN_FLAGS)

$(FUZZ)/make-seeds: $(FUZZ)/make-seeds.o
	$(call say,LD)$(CC) $(CFLAGS) $(ASAN_FLAGS) $(LDFLAGS) -o $@ $^

$(FUZZ)/test-json-strict: $(FUZZ)/test-json-strict.o $(FUZZ)/json-strict.o
	$(call say,LD)$(CC) $(CFLAGS) $(ASAN_FLAGS) $(LDFLAGS) -o $@ $^ \
		$(CHECK_LIBS)

# clang: for finding. clang_objects(folder of objects, folder of sources)
clang_objects = $(eval $(call object_rule,$1,$2,CLANG,$$(FUZZ_CLANG) $$(CPPFLAGS) $$(FUZZ_CFLAGS) \
	$$(WARN) $$(FUZZ_FLAGS)))
$(call clang_objects,$(FUZZ)/clang/lib,libs/tcpestats)
$(call clang_objects,$(FUZZ)/clang/links,$(LINKS_DIR))
$(call clang_objects,$(FUZZ)/clang/tool,tools/tcpestats)
$(call clang_objects,$(FUZZ)/clang/daemon,$(DAEMON))
$(call clang_objects,$(FUZZ)/clang,tests/fuzz)

FUZZ_LIB_CLANG := $(LIB_SRC:libs/tcpestats/%.c=$(FUZZ)/clang/lib/%.o)

define FUZZ_RULES
$(FUZZ)/replay-$(1): $(FUZZ)/fuzz-$(1).o $(FUZZ)/replay.o $(FUZZ_HELP_$(1):%=$(FUZZ)/%.o) \
		$(FUZZ_WITH_$(1):%=$(FUZZ)/tool/%.o) $(FUZZ_DAEMON_$(1):%=$(FUZZ)/daemon/%.o) \
		$(FUZZ_ASAN_$(1)) $(O)/asan/libtcpestats.a
	$$(call say,LD)$$(CC) $$(CFLAGS) $$(ASAN_FLAGS) $$(LDFLAGS) -o $$@ $$^ \
		$(if $(FUZZ_ASAN_$(1)),$$(ROUTE_LIBS)) $$(NL_LIBS) $$(FUZZ_LIBS_$(1)) -pthread

$(FUZZ)/fuzz-$(1): $(FUZZ)/clang/fuzz-$(1).o $(FUZZ_HELP_$(1):%=$(FUZZ)/clang/%.o) \
		$(FUZZ_WITH_$(1):%=$(FUZZ)/clang/tool/%.o) \
		$(FUZZ_DAEMON_$(1):%=$(FUZZ)/clang/daemon/%.o) $(FUZZ_CLANG_$(1)) $(FUZZ_LIB_CLANG)
	$$(call say,CLANG)$$(FUZZ_CLANG) $$(FUZZ_FLAGS) -fsanitize=fuzzer $$(LDFLAGS) -o $$@ $$^ \
		$(if $(FUZZ_CLANG_$(1)),$$(ROUTE_LIBS)) $$(NL_LIBS) $$(FUZZ_LIBS_$(1)) -pthread
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call FUZZ_RULES,$(target))))

.SECONDARY: $(FUZZ_TARGETS:%=$(FUZZ)/fuzz-%.o) $(FUZZ_TOOL:%=$(FUZZ)/tool/%.o) \
	$(FUZZ_DAEMON_collector:%=$(FUZZ)/daemon/%.o)
