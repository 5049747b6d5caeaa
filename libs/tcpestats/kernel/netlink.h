/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnl's netlink sockets on descriptors of ours. libnl allocates, and a thread that ends within
 * malloc() leaves its lock behind: a caller of these functions, as of libnl's own, holds a
 * te_guard.
 */
#ifndef TE_NETLINK_H
#define TE_NETLINK_H

#include <stddef.h>

#include "base/base.h"
#include "kernel/netns.h"

struct nl_sock;
struct nlmsghdr;

/*
 * A socket of a protocol (NETLINK_ROUTE, ...) that only the kernel can write to, in a namespace. It
 * asks for no acknowledgements and waits two seconds at most for an answer, which it reads at its
 * full length. 0 or a negative errno.
 */
int te_netlink_open(const struct te_netns *ns, int protocol, struct nl_sock **sock);

/* NULL is allowed. */
void te_netlink_close(struct nl_sock *sock);

/*
 * Asks for a dump and calls visit for each of its messages; a non-zero return of visit ends the
 * walk and is returned. guard: the one that the caller holds, which is left while visit runs; NULL:
 * visit runs guarded. earliest_ns: te_now() before the kernel made the message. A dump during which
 * something changed is a good one. Errors: the kernel's own, and -ENOMEM, -EAGAIN (no answer),
 * -EIO. After an error, or an end by visit, the socket is only to be closed.
 */
int te_netlink_dump(struct nl_sock *sock, int type, void *body, size_t size, struct te_guard *guard,
                    int (*visit)(struct nlmsghdr *msg, uint64_t earliest_ns, void *arg), void *arg);

/* The negative errno for what a function of libnl returned. */
int te_netlink_errno(int nl_error);

#endif
