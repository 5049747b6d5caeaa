/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections that a command has seen, with what it keeps of each: added, found, forgotten. */
#ifndef SEEN_H
#define SEEN_H

#include "conns.h"

struct seen {
    struct conn **items; /* each is the first member of what is kept of it */
    size_t count, sorted, room;
};

/*
 * What is kept of a connection, or NULL. What was added is found from the next seen_keep() on. One
 * that has ended and lost its remote port is known by its identity alone.
 */
void *seen_find(const struct seen *seen, const struct conn *conn);

/* Takes over what is kept of a connection, and begins with it. */
int seen_add(struct seen *seen, struct conn *kept, struct failure *failure);

/* Forgets those for which keep says false; freeing what was kept of them is keep's. */
void seen_keep(struct seen *seen, bool (*keep)(struct conn *kept, void *arg), void *arg);

/* Forgets all; drop frees what was kept. */
void seen_free(struct seen *seen, void (*drop)(struct conn *kept, void *arg), void *arg);

#endif
