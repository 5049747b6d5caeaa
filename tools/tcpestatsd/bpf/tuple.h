/* SPDX-License-Identifier: GPL-2.0 */
/* What a connection is called: as its socket says, as its record says, as a request says. */
#ifndef COLLECTOR_TUPLE_H
#define COLLECTOR_TUPLE_H

#include "state.h"

/* In the library's canonical form: mapped addresses are those of version 4. */
struct tuple {
    uint64_t netns;
    uint8_t local[16], remote[16];
    uint16_t family, local_port, remote_port, reserved;
};

static __always_inline void copy_address(uint8_t to[16], const struct in6_addr *from)
{
    uint32_t *word = (uint32_t *)to;

    word[0] = from->in6_u.u6_addr32[0];
    word[1] = from->in6_u.u6_addr32[1];
    word[2] = from->in6_u.u6_addr32[2];
    word[3] = from->in6_u.u6_addr32[3];
}

static __always_inline bool is_mapped(const uint8_t address[16])
{
    const uint32_t *word = (const uint32_t *)address;

    return !word[0] && !word[1] && word[2] == ntoh32(0xffff);
}

static __always_inline void tuple_of_sock(struct tuple *t, const struct tcp_sock *tp)
{
    const struct sock_common *c = &tp->inet_conn.icsk_inet.sk.__sk_common;

    __builtin_memset(t, 0, sizeof(*t));
    t->netns = c->skc_net.net->net_cookie;
    t->local_port = c->skc_num;
    t->remote_port = ntoh16(c->skc_dport);
    if (c->skc_family == AF_INET6) {
        t->family = AF_INET6;
        copy_address(t->local, &c->skc_v6_rcv_saddr);
        copy_address(t->remote, &c->skc_v6_daddr);
        if (!is_mapped(t->local) || !is_mapped(t->remote))
            return;
        __builtin_memset(t->local, 0, 16);
        __builtin_memset(t->remote, 0, 16);
    }
    t->family = AF_INET;
    *(uint32_t *)t->local = c->skc_rcv_saddr;
    *(uint32_t *)t->remote = c->skc_daddr;
}

static __always_inline void tuple_of_record(struct tuple *t, const struct te_record_head *h)
{
    t->netns = h->netns;
    __builtin_memcpy(t->local, h->local, sizeof(t->local));
    __builtin_memcpy(t->remote, h->remote, sizeof(t->remote));
    t->family = h->family;
    t->local_port = h->local_port;
    t->remote_port = h->remote_port;
    t->reserved = 0;
}

static __always_inline bool is_same_address(const uint8_t a[16], const uint8_t b[16])
{
    const uint32_t *x = (const uint32_t *)a, *y = (const uint32_t *)b;

    return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

static __always_inline bool is_called(const struct tuple *t, const struct request *q)
{
    return t->netns == q->netns && t->family == q->family && t->local_port == q->local_port &&
           t->remote_port == q->remote_port && is_same_address(t->local, q->local) &&
           is_same_address(t->remote, q->remote);
}

#endif
