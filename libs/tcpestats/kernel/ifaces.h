/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which network interfaces there are: where to look for a socket that is bound to one. */
#ifndef TE_IFACES_H
#define TE_IFACES_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/netlink.h"

struct te_ifaces {
    uint32_t *index; /* ascending; freed with te_ifaces_free() */
    size_t count;
};

/*
 * Lists the interfaces of the namespace that sock, a NETLINK_ROUTE socket, is in. 0 or a negative
 * errno; then the list is empty. The caller holds a te_guard, for the freeing, too.
 */
int te_ifaces_list(struct nl_sock *sock, struct te_ifaces *ifaces);
void te_ifaces_free(struct te_ifaces *ifaces);

/* Is there an interface of that index in the namespace of any socket? */
bool te_ifaces_has(int sock, uint32_t ifindex);

#endif
