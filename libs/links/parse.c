/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "parse.h"

struct answer {
    struct lk_message *message;
    int result;
};

static const rtnl_link_stat_id_t stat_ids[LK_COUNTERS] = {
    [LK_TX_BYTES] = RTNL_LINK_TX_BYTES,       [LK_RX_BYTES] = RTNL_LINK_RX_BYTES,
    [LK_TX_PACKETS] = RTNL_LINK_TX_PACKETS,   [LK_RX_PACKETS] = RTNL_LINK_RX_PACKETS,
    [LK_RX_CRC_ERR] = RTNL_LINK_RX_CRC_ERR,   [LK_RX_FRAME_ERR] = RTNL_LINK_RX_FRAME_ERR,
    [LK_RX_FIFO_ERR] = RTNL_LINK_RX_FIFO_ERR, [LK_RX_LENGTH_ERR] = RTNL_LINK_RX_LEN_ERR,
    [LK_RX_OVER_ERR] = RTNL_LINK_RX_OVER_ERR,
};

/* A name that does not fit is none of the kernel's; a kind that does not is none of ours. */
static bool copy_name(char to[LK_NAME_MAX], const char *from)
{
    size_t length = from ? strnlen(from, LK_NAME_MAX) : 0;

    memset(to, 0, LK_NAME_MAX);
    if (length < LK_NAME_MAX)
        memcpy(to, from ? from : "", length);
    return length > 0 && length < LK_NAME_MAX;
}

/* A name leads to a directory of sysfs, so it must not lead elsewhere. */
static bool is_name(const char *name)
{
    return strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/');
}

static void on_link(struct nl_object *object, void *arg)
{
    struct rtnl_link *link = (struct rtnl_link *)object;
    struct answer *answer = arg;
    struct lk_message *m = answer->message;

    memset(m, 0, sizeof(*m));
    m->index = (uint32_t)rtnl_link_get_ifindex(link);
    if (!m->index || m->index > INT32_MAX || !copy_name(m->name, rtnl_link_get_name(link)) ||
        !is_name(m->name))
        return;
    m->flags = rtnl_link_get_flags(link);
    m->type = rtnl_link_get_arptype(link);
    m->master = (uint32_t)rtnl_link_get_master(link);
    copy_name(m->kind, rtnl_link_get_type(link));
    for (unsigned int i = 0; i < LK_COUNTERS; i++)
        m->counter[i] = rtnl_link_get_stat(link, stat_ids[i]);
    answer->result = 0;
}

int lk_parse(struct nl_msg *msg, struct lk_message *message)
{
    struct lk_message parsed;
    struct answer answer = {&parsed, -EBADMSG};
    const struct nlmsghdr *header = nlmsg_hdr(msg);
    int error;

    if (header->nlmsg_type != RTM_NEWLINK ||
        header->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
        return -EBADMSG;
    /* Only then libnl takes it for what it is. */
    if (((const struct ifinfomsg *)nlmsg_data(header))->ifi_family != AF_UNSPEC)
        return -EBADMSG;
    nlmsg_set_proto(msg, NETLINK_ROUTE);
    error = nl_msg_parse(msg, on_link, &answer);
    if (error < 0)
        return error == -NLE_NOMEM ? -ENOMEM : -EBADMSG;
    if (!answer.result)
        *message = parsed;
    return answer.result;
}
