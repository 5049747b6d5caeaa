/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/netlink.h>

#include "kernel/diag.h"

/* tcp_info of 2.6.10, years before sock_diag: no kernel that answers sends less. */
#define INFO_MIN 104

static int take_info(struct te_snapshot *s, const uint8_t *data, size_t len)
{
    if (len < INFO_MIN)
        return -EBADMSG;
    s->info_len = (uint16_t)len; /* an attribute's length has 16 bits */
    memcpy(&s->info, data, len < sizeof(s->info) ? len : sizeof(s->info));
    return 0;
}

static int take_skmem(struct te_snapshot *s, const uint8_t *data, size_t len)
{
    size_t count = len / sizeof(s->skmem[0]);

    if (count > TE_SKMEM_COUNT)
        count = TE_SKMEM_COUNT;
    memcpy(s->skmem, data, count * sizeof(s->skmem[0]));
    s->skmem_count = (uint8_t)count;
    return 0;
}

static int take_cong(struct te_snapshot *s, const uint8_t *data, size_t len)
{
    size_t length = strnlen((const char *)data, len);

    if (length >= sizeof(s->cong))
        return -EBADMSG;
    memcpy(s->cong, data, length);
    s->cong[length] = '\0';
    return 0;
}

static int take_bbr(struct te_snapshot *s, const uint8_t *data, size_t len)
{
    struct tcp_bbr_info bbr;

    if (len < sizeof(bbr))
        return -EBADMSG;
    memcpy(&bbr, data, sizeof(bbr));
    s->bbr_bw = bbr.bbr_bw_lo | (uint64_t)bbr.bbr_bw_hi << 32;
    return 0;
}

static int take_cgroup(struct te_snapshot *s, const uint8_t *data, size_t len)
{
    if (len == sizeof(s->cgroup))
        memcpy(&s->cgroup, data, len);
    return 0;
}

/* INET_DIAG_CGROUP_ID of Linux 5.9: the headers may be older than the kernel. */
#define CGROUP_ID 21

/* Attributes that we read; the kernel sends others unasked. */
static int (*const take[])(struct te_snapshot *s, const uint8_t *data, size_t len) = {
    [INET_DIAG_INFO] = take_info, [INET_DIAG_SKMEMINFO] = take_skmem,
    [INET_DIAG_CONG] = take_cong, [INET_DIAG_BBRINFO] = take_bbr,
    [CGROUP_ID] = take_cgroup,
};

/*
 * libnl's accessors are functions of another object, and a look-up would call forty of them: half
 * of what it takes beside its two system calls.
 */
static int take_attributes(struct te_snapshot *s, const uint8_t *data, size_t rest)
{
    while (rest >= NLA_HDRLEN) {
        const struct nlattr *attr = (const void *)data;
        unsigned type = attr->nla_type & NLA_TYPE_MASK;
        size_t step = NLA_ALIGN(attr->nla_len);
        int error;

        if (attr->nla_len < NLA_HDRLEN || attr->nla_len > rest)
            return -EBADMSG;
        if (type < sizeof(take) / sizeof(take[0]) && take[type]) {
            error = take[type](s, data + NLA_HDRLEN, attr->nla_len - NLA_HDRLEN);
            if (error)
                return error;
        }
        data += step < rest ? step : rest;
        rest -= step < rest ? step : rest;
    }
    return 0;
}

static int take_socket(struct te_snapshot *s, const struct inet_diag_msg *m)
{
    size_t address = m->idiag_family == AF_INET ? 4 : 16;

    if (m->idiag_family != AF_INET && m->idiag_family != AF_INET6)
        return -EBADMSG;
    s->tuple.family = m->idiag_family;
    s->tuple.local_port = ntohs(m->id.idiag_sport);
    s->tuple.remote_port = ntohs(m->id.idiag_dport);
    memcpy(s->tuple.local, m->id.idiag_src, address);
    memcpy(s->tuple.remote, m->id.idiag_dst, address);
    te_tuple_canonical(&s->tuple);
    s->cookie = m->id.idiag_cookie[0] | (uint64_t)m->id.idiag_cookie[1] << 32;
    s->ifindex = m->id.idiag_if;
    s->state = m->idiag_state;
    s->rqueue = m->idiag_rqueue;
    s->wqueue = m->idiag_wqueue;
    s->uid = m->idiag_uid;
    s->inode = m->idiag_inode;
    return 0;
}

/* To a look-up, or to the dump. */
static bool is_reply(uint16_t type)
{
    return type == SOCK_DIAG_BY_FAMILY || type == TCPDIAG_GETSOCK;
}

int te_diag_parse(const void *msg, size_t len, struct te_snapshot *snapshot)
{
    const size_t least = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct inet_diag_msg));
    const struct nlmsghdr *head = msg;
    int error;

    memset(snapshot, 0, sizeof(*snapshot));
    if (len < sizeof(*head) || head->nlmsg_len < least || head->nlmsg_len > len ||
        !is_reply(head->nlmsg_type))
        return -EBADMSG;
    error = take_socket(snapshot, NLMSG_DATA(head));
    if (error)
        return error;
    return take_attributes(snapshot, (const uint8_t *)msg + least, head->nlmsg_len - least);
}
