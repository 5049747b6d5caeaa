# SPDX-License-Identifier: LGPL-2.1-or-later
# tcpestatsd, the collector: a daemon with eBPF programs. WITH_COLLECTOR=yes|no|auto; auto builds it
# where clang, bpftool and libbpf are.

DAEMON := tools/tcpestatsd
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
WITH_COLLECTOR ?= auto

collector_there = $(shell command -v $(CLANG) >/dev/null && command -v $(BPFTOOL) >/dev/null && \
	$(PKG_CONFIG) --atleast-version=1.0 libbpf && echo yes)
BUILD_COLLECTOR := $(if $(filter auto,$(WITH_COLLECTOR)),$(collector_there),$(filter \
	yes,$(WITH_COLLECTOR)))

LINT += $(wildcard $(DAEMON)/*.[ch] $(DAEMON)/bpf/*.[ch])

# The programs, for any kernel: what they need to know of it is in bpf/kernel.h.
BPF_SRC := $(wildcard $(DAEMON)/bpf/*.[ch]) libs/tcpestats/collector-record.h
BPF_SKELETON := $(O)/tcpestatsd/collector.skel.h
BPF_CFLAGS = -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter $(WERROR) \
	-Ilibs/tcpestats -I$(DAEMON)/bpf -idirafter /usr/include/$(shell $(CC) -print-multiarch) \
	-fdebug-compilation-dir=.

.PHONY: need-collector
need-collector:
	$(call need,command -v $(CLANG) >/dev/null,$(CLANG) is not installed,clang)
	$(call need,command -v $(BPFTOOL) >/dev/null,bpftool is not installed,bpftool)
	$(call need,$(PKG_CONFIG) --atleast-version=1.0 libbpf,libbpf is not installed,libbpf-dev)

$(O)/tcpestatsd/collector.o: $(BPF_SRC) | need-collector
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

# WITH_SYSTEMD=yes|no|auto: install the units; auto does where there is a systemd.
SBINDIR ?= $(PREFIX)/sbin
WITH_SYSTEMD ?= auto
UNITDIR ?= $(or $(shell $(PKG_CONFIG) --variable=systemdsystemunitdir systemd 2>/dev/null),\
	$(PREFIX)/lib/systemd/system)
SYSUSERSDIR ?= $(or $(shell $(PKG_CONFIG) --variable=sysusersdir systemd 2>/dev/null),\
	$(PREFIX)/lib/sysusers.d)
systemd_there = $(wildcard /usr/lib/systemd/system /lib/systemd/system)
INSTALL_UNITS := $(if $(filter auto,$(WITH_SYSTEMD)),$(systemd_there),$(filter \
	yes,$(WITH_SYSTEMD)))
UNITS := $(O)/tcpestatsd/tcpestatsd.service $(O)/tcpestatsd/tcpestatsd.socket

$(O)/tcpestatsd/tcpestatsd.%: $(DAEMON)/systemd/tcpestatsd.%.in
	@mkdir -p $(@D)
	$(call say,GEN)sed -e 's|@sbindir@|$(SBINDIR)|' $< > $@

.PHONY: install-tcpestatsd install-units uninstall-tcpestatsd
install-tcpestatsd: $(if $(INSTALL_UNITS),install-units)
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man8
	install -m 755 $(O)/tcpestatsd/tcpestatsd $(DESTDIR)$(SBINDIR)
	install -m 644 $(DAEMON)/tcpestatsd.8 $(DESTDIR)$(MANDIR)/man8

install-units:
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR)
	for unit in $(notdir $(UNITS)); do \
		sed -e 's|@sbindir@|$(SBINDIR)|' $(DAEMON)/systemd/$$unit.in \
			> $(DESTDIR)$(UNITDIR)/$$unit && chmod 644 $(DESTDIR)$(UNITDIR)/$$unit || exit 1; \
	done
	install -m 644 $(DAEMON)/systemd/tcpestatsd.sysusers \
		$(DESTDIR)$(SYSUSERSDIR)/tcpestatsd.conf

uninstall-tcpestatsd:
	rm -f $(DESTDIR)$(SBINDIR)/tcpestatsd $(DESTDIR)$(MANDIR)/man8/tcpestatsd.8
	rm -f $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(UNITS))) \
		$(DESTDIR)$(SYSUSERSDIR)/tcpestatsd.conf

ifneq ($(BUILD_COLLECTOR),)
ALL += $(O)/tcpestatsd/tcpestatsd $(UNITS)
INSTALL += install-tcpestatsd
UNINSTALL += uninstall-tcpestatsd
endif
