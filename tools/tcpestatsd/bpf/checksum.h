/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A segment with a wrong checksum is dropped before its socket is known: then the record is found
 * by what the headers say, right or wrong. `tuples` is kept by enable and release.
 */
#ifndef COLLECTOR_CHECKSUM_H
#define COLLECTOR_CHECKSUM_H

#include "header.h"
#include "tuple.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1); /* set when loading */
    __type(key, struct tuple);
    __type(value, struct holding);
} tuples SEC(".maps");

static __always_inline bool tuple_of_skb(struct tuple *t, const struct sk_buff *skb)
{
    const unsigned char *ip = skb->head + skb->network_header;
    const unsigned char *th = skb->head + skb->transport_header;
    union header h;
    uint32_t ports[4];

    __builtin_memset(t, 0, sizeof(*t));
    read_four(ports, th);
    t->remote_port = ntoh32(ports[0]) >> 16;
    t->local_port = ntoh32(ports[0]) & 0xffff;
    read_four(h.word, ip);
    if (h.byte[0] >> 4 == 4) {
        t->family = AF_INET;
        __builtin_memcpy(t->remote, h.byte + 12, 4);
        read_four(h.word, ip + 16);
        __builtin_memcpy(t->local, h.byte, 4);
    } else {
        t->family = AF_INET6;
        read_four(h.word, ip + 8);
        __builtin_memcpy(t->remote, h.byte, 16);
        read_four(h.word, ip + 24);
        __builtin_memcpy(t->local, h.byte, 16);
    }
    if (!skb->dev)
        return false;
    t->netns = skb->dev->nd_net.net->net_cookie;
    return true;
}

#endif
