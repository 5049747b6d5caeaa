/* SPDX-License-Identifier: GPL-2.0 */
/* TCP headers: from the kernel's memory (tracepoints) and from packets (cgroup hooks). */
#ifndef COLLECTOR_HEADER_H
#define COLLECTOR_HEADER_H

#include "copy.h"

/*
 * Since 6.2, and needed in lockdown by confidentiality, which forbids bpf_probe_read_kernel(). The
 * programs are built without it once more, see open_object().
 */
#ifdef HAVE_CAST
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;
#endif

enum { FIXED_BYTES = 20, WITH_TIMESTAMPS = 32, LONGEST = 60 };

union header {
    uint32_t word[16];
    uint8_t byte[64];
};

struct segment {
    uint32_t seq, ack; /* host byte order */
    uint32_t payload;
    uint32_t segs; /* how many on the wire */
    uint32_t gso_size;
    uint32_t header; /* bytes */
    uint32_t ts_val;
    uint16_t window;
    uint8_t flags, ce;
    uint8_t known; /* the header could be read: window and what follows */
    uint8_t has_ts, blocks;
};

static __always_inline void read_four(uint32_t *to, const void *from)
{
#ifdef HAVE_CAST
    const struct in6_addr *a = bpf_rdonly_cast(from, bpf_core_type_id_kernel(struct in6_addr));

    to[0] = a->in6_u.u6_addr32[0];
    to[1] = a->in6_u.u6_addr32[1];
    to[2] = a->in6_u.u6_addr32[2];
    to[3] = a->in6_u.u6_addr32[3];
#else
    bpf_probe_read_kernel(to, 16, from);
#endif
}

struct parsing {
    const union header *header;
    struct segment *segment;
    uint32_t next; /* where the next option begins */
};

/* The byte of the header that many behind its fixed part. Not 0: there are no more options. */
static long parse_byte(void *map, const uint32_t *key, uint32_t *value, struct parsing *p)
{
    const uint8_t *byte = p->header->byte;
    struct segment *s = p->segment;
    uint32_t i = FIXED_BYTES + *key;
    uint8_t kind, len;

    if (i >= LONGEST - 1 || i >= s->header)
        return 1;
    /* The verifier of 6.1 knows the bounds of this one; the compiler must not go by the key. */
    asm volatile("" : "+r"(i));
    kind = byte[i];
    len = byte[i + 1];
    if (i < p->next || kind == 1)
        return 0;
    if (kind == 0 || len < 2)
        return 1;
    p->next = i + len;
    if (kind == 5) {
        s->blocks = (len - 2) / 8 & 7;
    } else if (kind == 8 && len == 10 && i <= LONGEST - 10) {
        s->has_ts = 1;
        s->ts_val = (uint32_t)byte[i + 2] << 24 | (uint32_t)byte[i + 3] << 16 |
                    (uint32_t)byte[i + 4] << 8 | byte[i + 5];
    }
    return 0;
}

/*
 * Any order of options. Out of the way, because hardly anybody sends another than the usual one.
 * Goes through all bytes and passes over what is inside an option, rather than from option to
 * option, so that the verifier knows the bounds of each index; by a helper's loop (state.h), and in
 * no static function, so that it looks here only once.
 */
__noinline int parse_options(const union header *h, struct segment *s)
{
    struct parsing p = {h, s, FIXED_BYTES};

    if (h && s)
        bpf_for_each_map_elem(&turns, parse_byte, &p, 0);
    return 0;
}

#define NOP_NOP_TIMESTAMP 0x0101080au
#define NOP_NOP_SACK 0x01010500u

static __always_inline void take_options(const union header *h, struct segment *s)
{
    const uint32_t *w = h->word;
    uint32_t third;

    s->window = ntoh32(w[3]) & 0xffff;
    s->known = 1;
    if (s->header <= FIXED_BYTES)
        return;
    if (ntoh32(w[5]) == NOP_NOP_TIMESTAMP) {
        s->has_ts = 1;
        s->ts_val = ntoh32(w[6]);
        if (s->header <= WITH_TIMESTAMPS)
            return;
        third = ntoh32(w[8]);
    } else {
        third = ntoh32(w[5]);
    }
    if ((third & ~0xffu) == NOP_NOP_SACK)
        s->blocks = ((third & 0xff) - 2) / 8 & 7;
    else
        parse_options(h, s);
}

/* How many segments the kernel has made into this one. */
static __always_inline void read_gso(struct segment *s, const struct sk_buff *skb)
{
    const void *end = skb->head + skb->end;
#ifdef HAVE_CAST
    const struct skb_shared_info *info = bpf_rdonly_cast(
        end, bpf_core_type_id_kernel(struct skb_shared_info));

    s->segs = info->gso_segs;
    s->gso_size = info->gso_size;
#else
    const struct skb_shared_info *info = end;
    uint16_t segs = 0, size = 0;

    bpf_core_read(&segs, sizeof(segs), &info->gso_segs);
    bpf_core_read(&size, sizeof(size), &info->gso_size);
    s->segs = segs;
    s->gso_size = size;
#endif
    if (!s->segs)
        s->segs = 1;
}

/* What tcp_probe is shown: the header is still there, its most important parts are in cb as well.
 */
static __always_inline void segment_of_skb(struct segment *s, const struct sk_buff *skb)
{
    const struct tcp_skb_cb *cb = cb_of(skb);
    union header h;
    const void *th;

    __builtin_memset(s, 0, sizeof(*s));
    s->seq = cb->seq;
    s->ack = cb->ack_seq;
    s->flags = cb->tcp_flags;
    s->payload = cb->end_seq - cb->seq - !!(s->flags & FLAG_FIN) - !!(s->flags & FLAG_SYN);
    s->header = skb->len - s->payload;
    s->ce = (cb->ip_dsfield & 3) == 3;
    s->segs = 1;
    if (!(features & TE_COLLECT_HEADERS))
        return;
    read_gso(s, skb);
    /* Or the compiler carries about what was never set, which the verifier does not let it. */
    __builtin_memset(&h, 0, sizeof(h));
    th = skb->head + skb->transport_header;
    read_four(h.word, th);
    if (s->header > FIXED_BYTES) {
        read_four(h.word + 4, th + 16);
        if (s->header > WITH_TIMESTAMPS) {
            read_four(h.word + 8, th + 32);
            read_four(h.word + 12, th + 48);
        }
    }
    take_options(&h, s);
}

/* From the start of the packet's IP header. False: no TCP, or cut short. */
static __always_inline bool segment_of_packet(struct segment *s, struct __sk_buff *skb)
{
    void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
    const uint8_t *b = data;
    union header h;
    uint32_t n, ip;
    const uint32_t *th;

    __builtin_memset(s, 0, sizeof(*s));
    if (data + 40 > end)
        return false;
    if (b[0] >> 4 == 4) {
        ip = (b[0] & 15) * 4;
        if (ip < 20 || b[9] != IP_TCP)
            return false;
        s->ce = (b[1] & 3) == 3;
    } else {
        ip = 40;
        if (b[6] != IP_TCP)
            return false;
        s->ce = (b[1] >> 4 & 3) == 3;
    }
    th = data + ip;
    if ((void *)(th + 5) > end)
        return false;
    h.word[3] = th[3];
    s->seq = ntoh32(th[1]);
    s->ack = ntoh32(th[2]);
    s->flags = ntoh32(h.word[3]) >> 16 & 0xff;
    s->header = ntoh32(h.word[3]) >> 28 << 2;
    if (s->header < FIXED_BYTES || skb->len < ip + s->header)
        return false;
    s->payload = skb->len - ip - s->header;
    s->gso_size = skb->gso_size;
    s->segs = skb->gso_segs;
    if (!s->segs)
        s->segs = 1;
    n = s->header - FIXED_BYTES;
    /* The verifier of 6.1 takes bounds one by one only, so the compiler must not join these. */
    asm volatile("" : "+r"(n));
    if (n > LONGEST - FIXED_BYTES)
        return false;
    asm volatile("" : "+r"(n));
    if (n >= 4) {
        __builtin_memset(h.byte + FIXED_BYTES, 0, sizeof(h) - FIXED_BYTES);
        if (bpf_skb_load_bytes(skb, ip + FIXED_BYTES, h.byte + FIXED_BYTES, n))
            return false;
    }
    take_options(&h, s);
    return true;
}

#endif
