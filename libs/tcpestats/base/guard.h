/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting with a bound, and stretches in which a thread cannot end. */
#ifndef TE_GUARD_H
#define TE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/* Patience for a lock: half a second from the first time that it is needed. */
struct te_wait {
    uint64_t until_ns; /* 0: not needed yet */
    uint32_t rounds;
};

/* Sleeps a little. false when half a second has passed since the first call. */
bool te_wait(struct te_wait *wait);

/*
 * A stretch in which no signal from outside reaches the thread and it cannot be cancelled, so that
 * it cannot end or be suspended while others wait for it. Signals that report a fault of the thread
 * itself get through: a seccomp sandbox that traps system calls needs them. May nest.
 */
struct te_guard {
    uint64_t mask[16];
    int cancel;
};
void te_guard_enter(struct te_guard *guard);
void te_guard_leave(const struct te_guard *guard);

#endif
