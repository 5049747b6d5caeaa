/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "message.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

struct nl_msg *message_make(const struct described *link)
{
    struct ifinfomsg head = {.ifi_family = AF_UNSPEC,
                             .ifi_type = (unsigned short)link->type,
                             .ifi_index = (int)link->index,
                             .ifi_flags = link->flags};
    struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);

    if (!msg || nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO))
        abort();
    if (link->name)
        nla_put_string(msg, IFLA_IFNAME, link->name);
    nla_put_u32(msg, IFLA_MTU, 1420);
    if (link->master)
        nla_put_u32(msg, IFLA_MASTER, link->master);
    if (link->old_stats) {
        struct rtnl_link_stats old = {.rx_packets = (uint32_t)link->stats.rx_packets,
                                      .tx_packets = (uint32_t)link->stats.tx_packets,
                                      .rx_bytes = (uint32_t)link->stats.rx_bytes,
                                      .tx_bytes = (uint32_t)link->stats.tx_bytes};

        nla_put(msg, IFLA_STATS, sizeof(old), &old);
    } else {
        nla_put(msg, IFLA_STATS64, sizeof(link->stats), &link->stats);
    }
    if (link->kind) {
        struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO);

        nla_put_string(msg, IFLA_INFO_KIND, link->kind);
        nla_nest_end(msg, info);
    }
    return msg;
}

struct nl_msg *message_read(const void *bytes, size_t size)
{
    struct nlmsghdr head;
    struct nl_msg *msg;
    struct nlmsghdr *copy;

    if (size < sizeof(head))
        return NULL;
    copy = malloc(size);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    if (!nlmsg_ok(copy, (int)size)) {
        free(copy);
        return NULL;
    }
    msg = nlmsg_convert(copy);
    free(copy);
    return msg;
}
