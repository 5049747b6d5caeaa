/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages as the kernel would send them for links that this machine's kernel may not know. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/if_link.h>
#include <netlink/msg.h>

struct described {
    const char *name;
    const char *kind; /* NULL: no IFLA_LINKINFO */
    uint32_t index, flags, type, master;
    struct rtnl_link_stats64 stats;
    bool old_stats; /* IFLA_STATS alone, as kernels before 2.6.35 had it */
};

/* To be freed by nlmsg_free(). */
struct nl_msg *message_make(const struct described *link);

/* A message from the bytes of a datagram, or NULL when they are none. */
struct nl_msg *message_read(const void *bytes, size_t size);

#endif
