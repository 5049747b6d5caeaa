# SPDX-License-Identifier: LGPL-2.1-or-later
# What holds for every file.

TESTS += tests/style/test-style.sh

# The host's C code once more under clang, warnings as errors; nothing is written.
.PHONY: lint-clang
lint-clang:
	$(Q)for f in $(LIB_SRC) $(HOST_SRC) dlls/wineestats/unixlib.c; do \
		clang $(filter-out -fvisibility=hidden,$(HOST_CFLAGS)) -Idlls/wineestats $(WARN) \
			-fsyntax-only $$f || exit 1; done
	$(Q)for f in $(filter-out %-windows.c,$(wildcard tools/tcpestats/*.c)); do \
		clang $(HOST_CFLAGS) -Itools/tcpestats $(WARN) -fsyntax-only $$f || exit 1; done
