# SPDX-License-Identifier: LGPL-2.1-or-later
# Threads that die in mid-call.

WINDOWS += $(O)/kill/kill-test.exe
LINT += tests/kill/kill.c
TESTS += tests/kill/test-kill.sh
TESTS_LONG += tests/kill/test-kill-long.sh
TESTS_ALONE += tests/kill/test-kill.sh tests/kill/test-kill-long.sh

$(O)/kill/kill-test.exe: tests/kill/kill.c
	@mkdir -p $(@D)
	$(call say,CC)$(CROSS64)gcc -std=gnu11 -O2 -D_WIN32_WINNT=0x0600 $(WARN) -static \
		-Wl,--no-insert-timestamp -o $@ $< -lws2_32
