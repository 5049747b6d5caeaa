# SPDX-License-Identifier: LGPL-2.1-or-later
# The series for Wine, against a tree with the lines that they edit; make check-wine-patch tries them
# on Wine.

TESTS += tests/wine-patch/test-series.sh

LINT += tests/wine-patch/way.c tests/wine-patch/standin.h

$(O)/tests/wine-patch/way.exe: tests/wine-patch/way.c | need-host
	@mkdir -p $(@D)
	$(call say,CC64)$(CROSS64)gcc -std=gnu11 $(WARN) -O2 -D_WIN32_WINNT=0x0601 -o $@ $< -lws2_32
