/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections that were seen alive, by their cookies: what their ends do not tell. */
#ifndef TE_ALIVE_H
#define TE_ALIVE_H

#include "kernel/kernel.h"

struct te_alive {
    uint64_t first_ns; /* when it was first seen */
    uint64_t
        unseen_ns; /* the look before, which did not find it, had begun then; 0: there was none */
    uint32_t open; /* enum te_open, unknown unless it is certain */
    uint32_t look; /* number of the last look that found it */
    struct te_snapshot now;
};

struct te_living {
    struct te_alive *slots; /* open addressing; cookie 0: free */
    size_t room, count;     /* room: a power of two, or 0 */
    uint32_t look;          /* number of the present look, from 1 */
    uint64_t began_ns;      /* when it began, 0: there was none */
    uint64_t before_ns;     /* when the one before it began, 0: there was none */
};

void te_living_begin_look(struct te_living *all, uint64_t now_ns);

/* One connection of a look. 0 or -ENOMEM. */
int te_living_add(struct te_living *all, const struct te_snapshot *s);

/* After a look that found all: forgets what has vanished, if that has become much. */
void te_living_end_look(struct te_living *all);

/* What was seen of it, or NULL. Good until the next call. */
const struct te_alive *te_living_find(const struct te_living *all, uint64_t cookie);
void te_living_remove(struct te_living *all, uint64_t cookie);

void te_living_free(struct te_living *all);

#endif
