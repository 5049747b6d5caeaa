# SPDX-License-Identifier: LGPL-2.1-or-later
# tcpestatsd, the collector: a daemon with eBPF programs. config.mk has whether it is built.

DAEMON := tools/tcpestatsd

LINT += $(wildcard $(DAEMON)/*.[ch] $(DAEMON)/bpf/*.[ch])

# The programs, for any kernel: what they need to know of it is in bpf/kernel.h.
BPF_SRC := $(wildcard $(DAEMON)/bpf/*.[ch] libs/tcpestats/shared/*.h) include/tcpestats-fields.h
BPF_SKELETON := $(O)/tcpestatsd/collector.skel.h $(O)/tcpestatsd/plain.skel.h
# The kernel's headers for the machine; what is used of them is the same for all.
BPF_ASM = $(patsubst %/,%,$(shell $(CC) -print-sysroot))/usr/include/$(shell $(CC) -print-multiarch)
# What shows each segment that arrives; fentry/tcp_rcv_established is another (docs/collector.md).
BPF_PROBE ?= tp_btf/tcp_probe
BPF_CFLAGS = -target bpf -DPROBE_HOOK='"$(BPF_PROBE)"' -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter $(WERROR) \
	-Iinclude -Ilibs/tcpestats -I$(DAEMON)/bpf -idirafter $(BPF_ASM) \
	-fdebug-compilation-dir=.

.PHONY: need-collector
need-collector:
	$(call need,command -v $(CLANG) >/dev/null,$(CLANG) is not installed,clang)
	$(call need,command -v $(BPFTOOL) >/dev/null,bpftool is not installed,bpftool)
	$(call need,$(PKG_CONFIG) --atleast-version=1.0 libbpf,libbpf is not installed,libbpf-dev)

# Twice: with bpf_rdonly_cast(), and for kernels that lack it.
$(O)/tcpestatsd/collector.o: BPF_CFLAGS += -DHAVE_CAST
$(O)/tcpestatsd/collector.o $(O)/tcpestatsd/plain.o: $(BPF_SRC) | need-collector
	@mkdir -p $(@D)
	$(call say,BPF)$(CLANG) $(BPF_CFLAGS) -c -o $@ $(DAEMON)/bpf/collector.bpf.c

# bpftool leaves out what only a debugger needs.
$(O)/tcpestatsd/%.bpf.o: $(O)/tcpestatsd/%.o
	$(call say,BPFLD)$(BPFTOOL) gen object $@ $< >/dev/null

$(BPF_SKELETON): $(O)/tcpestatsd/%.skel.h: $(O)/tcpestatsd/%.bpf.o
	$(call say,SKEL)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

PROGRAMS_SRC := $(sort $(wildcard $(DAEMON)/programs*.c))
PROGRAMS_OBJ := $(PROGRAMS_SRC:$(DAEMON)/%.c=$(O)/tcpestatsd/%.o)
DAEMON_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(large_files) \
	-DTCPESTATS_VERSION='"$(VERSION)"' -Iinclude -Ilibs/tcpestats -I$(DAEMON) -I$(DAEMON)/bpf \
	-I$(O)/tcpestatsd $(NL_CFLAGS) \
	-ffile-prefix-map=$(CURDIR)=.
DAEMON_LIBS = $(BPF_LIBS) $(NL_LIBS)

$(PROGRAMS_OBJ): $(BPF_SKELETON)
$(PROGRAMS_OBJ): CPPFLAGS += -DPROBE_NAME='"$(patsubst fentry/%,%,$(BPF_PROBE:tp_btf/%=btf_trace_%))"'

$(call host_objects,$(O)/tcpestatsd,$(DAEMON),DAEMON_CFLAGS)

# The daemon, all but its programs: tests run it with a stand-in for them, wherever it can be built.
DAEMON_SRC := $(sort $(filter-out $(PROGRAMS_SRC),$(wildcard $(DAEMON)/*.c)))
DAEMON_OBJ := $(DAEMON_SRC:$(DAEMON)/%.c=$(O)/tcpestatsd/%.o)
# Without bpf/, whose headers are not for here and have names of the system's.
$(DAEMON_OBJ): DAEMON_CFLAGS = $(LIB_CFLAGS) -I$(DAEMON)

$(O)/tcpestatsd/tcpestatsd: $(DAEMON_OBJ) $(PROGRAMS_OBJ) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) -pthread

UNITS := $(O)/tcpestatsd/tcpestatsd.service $(O)/tcpestatsd/tcpestatsd.socket

$(O)/tcpestatsd/tcpestatsd.%: $(DAEMON)/systemd/tcpestatsd.%.in
	@mkdir -p $(@D)
	$(call say,GEN)sed -e 's|@sbindir@|$(SBINDIR)|' $< > $@

.PHONY: install-tcpestatsd install-units uninstall-tcpestatsd
install-tcpestatsd: $(if $(filter yes,$(systemd)),install-units)
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

ifeq ($(collector),yes)
ALL += $(O)/tcpestatsd/tcpestatsd $(UNITS)
INSTALL_PARTS += install-tcpestatsd
endif
# Whether or not one could be built now.
UNINSTALL += uninstall-tcpestatsd
