/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what the kernel counts to the members of RAS_STATS. */
#ifndef LK_STATS_H
#define LK_STATS_H

#include "links.h"

/* What a member can come from beside a counter. */
enum { LK_STAT_NONE = -1, LK_STAT_SPEED = -2, LK_STAT_SINCE = -3 };

/* base NULL: never cleared. speed in bit/s, duration in ms. */
void lk_stats_compute(const uint64_t counter[LK_COUNTERS], const uint64_t *base, uint64_t speed,
                      uint64_t duration, uint64_t value[LK_MEMBERS]);

/* What the driver says of a link's speed, in bit/s; 0: nothing. */
uint64_t lk_speed(const char *name);

#endif
