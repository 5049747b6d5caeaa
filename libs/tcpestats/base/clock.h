/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one clock: CLOCK_MONOTONIC of the initial time namespace, in nanoseconds. A process in
 * another time namespace sees that clock shifted; so that times that processes share can be
 * compared, the shift is read when a handle is opened, and taken off again.
 */
#ifndef TE_CLOCK_H
#define TE_CLOCK_H

#include <stdint.h>

#define TE_SECOND_NS UINT64_C(1000000000)

/* Now. */
uint64_t te_now(void);

/* The same from the kernel's last tick: a few milliseconds old, at a third of the price. */
uint64_t te_now_coarse(void);

/* What this process' CLOCK_MONOTONIC is ahead of the initial namespace's. */
int64_t te_clock_offset(void);

/* Reads that shift; before, and where it cannot be read, it is as it was, at first 0. */
void te_clock_init(void);

#endif
