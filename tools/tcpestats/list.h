/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two halves of tcpestats list tell each other. */
#ifndef LIST_H
#define LIST_H

#include "conns.h"

/* Is --by given something to group by, if it is given? */
int list_groups_check(const struct tool *tool, struct failure *failure);

/* Prints these connections by groups. missing: why they are not all, or NULL. */
int list_groups(const struct tool *tool, const struct conns *conns, const struct failure *missing,
                struct failure *failure);

#endif
