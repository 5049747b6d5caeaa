# SPDX-License-Identifier: LGPL-2.1-or-later
# `make bench`: what a Get costs, as ratios against the raw kernel interface.

BENCH_SRC := bench.c timing.c table.c raw.c conns.c asking.c measure-one.c measure-many.c \
	measure-collector.c list.c windows.c
BENCH_OBJ := $(BENCH_SRC:%.c=$(O)/bench/%.o)
BENCH_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Iinclude -pthread
BENCH_WIN := $(O)/bench/winget64.exe $(O)/bench/winget32.exe

LINT += $(wildcard tests/bench/*.[ch])

$(call host_objects,$(O)/bench,tests/bench,BENCH_CFLAGS)

$(O)/estats-bench: $(BENCH_OBJ) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(NL_LIBS) -lm

$(O)/bench/winget64.exe: tests/bench/winget.c
	@mkdir -p $(@D)
	$(call say,CC64)$(CROSS64)gcc -std=gnu11 $(WARN) -O2 -D_WIN32_WINNT=0x0601 -o $@ $<

$(O)/bench/winget32.exe: tests/bench/winget.c
	@mkdir -p $(@D)
	$(call say,CC32)$(CROSS32)gcc -std=gnu11 $(WARN) -O2 -D_WIN32_WINNT=0x0601 -o $@ $<

# What the collector costs connections: where it can be built.
COST_OBJ := $(addprefix $(O)/bench/,cost.o timing.o table.o)
$(O)/bench/cost.o: BENCH_CFLAGS += -Ilibs/tcpestats -I$(DAEMON)
$(O)/collector-bench: $(COST_OBJ) $(PROGRAMS_OBJ) $(LIB_STATIC)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) -lm

READY_OBJ := $(addprefix $(O)/bench/,ready.o timing.o table.o)
$(O)/bench/ready.o: BENCH_CFLAGS += -Ilibs/tcpestats
$(O)/collector-ready: $(READY_OBJ)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

# What the collector costs others, and how soon it is ready: some minutes, as root, on an idle machine.
.PHONY: bench-collector
bench-collector: $(O)/collector-bench $(O)/collector-ready $(O)/tcpestatsd/tcpestatsd
	$(Q)rm -f $(O)/bench-collector.txt
	$(Q)$(O)/collector-ready $(O)/bench-collector.txt $(O)/tcpestatsd/tcpestatsd
	$(Q)unshare -nm $(O)/collector-bench $(O)/bench-collector.txt

.PHONY: bench-deps
bench-deps:
	$(Q)tools/install-deps build collector bench

bench: bench-deps
	$(Q)$(MAKE) --no-print-directory $(in_parallel) wine32 all
	$(Q)$(MAKE) --no-print-directory bench-only

.PHONY: bench-only
bench-only: need-host with-windows $(O)/estats-bench $(BENCH_WIN) \
		$(if $(filter yes,$(collector)),$(O)/collector-bench $(O)/collector-ready)
	$(Q)O=$(O) tests/bench/bench.sh
