# SPDX-License-Identifier: LGPL-2.1-or-later
# tcpestatsd, the collector: a daemon with eBPF programs. WITH_COLLECTOR=yes|no|auto; auto builds it
# where clang, bpftool and libbpf are.

DAEMON := tools/tcpestatsd
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
WITH_COLLECTOR ?= auto

collector_there = $(shell command -v $(CLANG) >/dev/null && command -v $(BPFTOOL) >/dev/null && \
	$(PKG_CONFIG) --exists libbpf && echo yes)
BUILD_COLLECTOR := $(if $(filter auto,$(WITH_COLLECTOR)),$(collector_there),$(filter \
	yes,$(WITH_COLLECTOR)))

LINT += $(wildcard $(DAEMON)/*.[ch] $(DAEMON)/bpf/*.[ch])

# The programs, for any kernel: what they need to know of it is in bpf/kernel.h.
BPF_SRC := $(wildcard $(DAEMON)/bpf/*.[ch]) libs/tcpestats/collector-record.h
BPF_SKELETON := $(O)/tcpestatsd/collector.skel.h
BPF_CFLAGS = -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter $(WERROR) \
	-Ilibs/tcpestats -I$(DAEMON)/bpf -idirafter /usr/include/$(shell $(CC) -print-multiarch) \
	-fdebug-compilation-dir=.

$(O)/tcpestatsd/collector.o: $(BPF_SRC)
	@mkdir -p $(@D)
	$(call say,BPF)$(CLANG) $(BPF_CFLAGS) -c -o $@ $(DAEMON)/bpf/collector.bpf.c

# bpftool leaves out what only a debugger needs.
$(O)/tcpestatsd/collector.bpf.o: $(O)/tcpestatsd/collector.o
	$(call say,BPFLD)$(BPFTOOL) gen object $@ $< >/dev/null

$(BPF_SKELETON): $(O)/tcpestatsd/collector.bpf.o
	$(call say,SKEL)$(BPFTOOL) gen skeleton $< name collector_bpf > $@.tmp && mv $@.tmp $@

PROGRAMS_SRC := $(sort $(wildcard $(DAEMON)/programs*.c))
PROGRAMS_OBJ := $(PROGRAMS_SRC:$(DAEMON)/%.c=$(O)/tcpestatsd/%.o)
DAEMON_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DTCPESTATS_VERSION='"$(VERSION)"' -Iinclude \
	-Ilibs/tcpestats -I$(DAEMON) -I$(DAEMON)/bpf -I$(O)/tcpestatsd $(NL_CFLAGS)
DAEMON_LIBS = $(shell $(PKG_CONFIG) --libs libbpf) $(NL_LIBS)

$(PROGRAMS_OBJ): $(BPF_SKELETON)

$(O)/tcpestatsd/%.o: $(DAEMON)/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(DAEMON_CFLAGS) $(WARN) $(CFLAGS) -MMD -MP -c -o $@ $<

# The daemon, all but its programs: tests run it with a stand-in for them, wherever it can be built.
DAEMON_SRC := $(sort $(filter-out $(PROGRAMS_SRC),$(wildcard $(DAEMON)/*.c)))
DAEMON_OBJ := $(DAEMON_SRC:$(DAEMON)/%.c=$(O)/tcpestatsd/%.o)
# Without bpf/, whose headers are not for here and have names of the system's.
$(DAEMON_OBJ): DAEMON_CFLAGS = $(LIB_CFLAGS) -I$(DAEMON)

$(O)/tcpestatsd/tcpestatsd: $(DAEMON_OBJ) $(PROGRAMS_OBJ) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) -pthread

-include $(wildcard $(O)/tcpestatsd/*.d)

ifneq ($(BUILD_COLLECTOR),)
ALL += $(O)/tcpestatsd/tcpestatsd
endif
