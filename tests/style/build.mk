# SPDX-License-Identifier: LGPL-2.1-or-later
# What holds for every file.

TESTS += tests/style/test-style.sh tests/style/test-layers.sh

# The host's C code once more under clang, warnings as errors; nothing is written.
CLANG_WINDOWS := tools/tcpestats/%-windows.c tests/bench/winget.c tests/kill/kill.c \
	tests/wine-patch/way.c
# Needs what has been generated from the programs.
CLANG_COLLECTOR = $(if $(filter yes,$(collector)),$(wildcard tools/tcpestatsd/*.c),$(DAEMON_SRC))
CLANG_SRC = $(filter-out $(CLANG_WINDOWS) $(if $(filter yes,$(collector)),,tests/collector/%),\
	$(LIB_SRC) $(LINKS_SRC) dlls/wineestats/unixlib.c dlls/wineestats/unix-ras.c \
	$(wildcard tools/tcpestats/*.c tests/*/*.c docs/*.c) $(CLANG_COLLECTOR))
CLANG_CFLAGS = $(filter-out -fvisibility=hidden,$(HOST_CFLAGS)) -Itools/tcpestats -Itests/path \
	-Itests/lib -Itests/faults -Itests/fuzz -Idlls/wineestats -I$(LINKS_DIR) -Itests/links $(ROUTE_CFLAGS) \
	-Itools/tcpestatsd -Itests/collector-daemon \
	$(if $(filter yes,$(collector)),$(DAEMON_CFLAGS) -DPROBE_NAME='"tcp_probe"' -Itests/collector)

.PHONY: lint-clang
lint-clang: $(if $(filter yes,$(collector)),$(BPF_SKELETON))
	$(Q)failed=0; for f in $(CLANG_SRC); do \
		clang $(CLANG_CFLAGS) $(WARN) -fsyntax-only $$f || failed=1; done; exit $$failed
