/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a connection ended, from what the kernel left of it. It does not tell; this is inference. */
#ifndef TE_ENDING_H
#define TE_ENDING_H

#include "kernel/bytes.h"
#include "tcpestats.h"

struct te_ending {
    enum tcpestats_ending how;
    uint8_t
        state; /* the last one before CLOSE, as far as the counters tell it: te_bytes_compute() */
};

/*
 * s: of te_destroyed_read(). open: enum te_open, a guess included. last_state: in which it was last
 * seen alive, 0: never.
 */
struct te_ending te_ending_of(const struct te_snapshot *s, uint32_t open, uint8_t last_state);

/* Can it only be told when it is known which side opened? */
bool te_ending_needs_open(const struct te_snapshot *s);

#endif
