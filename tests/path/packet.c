/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packet.h"

#include <netinet/in.h>

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, ECN_MASK = 3, ECN_CE = 3 };
enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_SACK = 5, SACK_BLOCK = 8 };

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

/* Offset of the TCP header, 0 if there is none; *len shrinks to what the packet says of itself. */
static size_t tcp_offset_v4(const uint8_t *p, size_t *len)
{
    size_t header, total;

    if (*len < IPV4_HEADER)
        return 0;
    header = (p[0] & 15) * 4u;
    total = be16(p + 2);
    if (header < IPV4_HEADER || total < header || total > *len)
        return 0;
    if (p[9] != IPPROTO_TCP || (be16(p + 6) & 0x3fff) != 0) /* a fragment */
        return 0;
    *len = total;
    return header;
}

static size_t tcp_offset_v6(const uint8_t *p, size_t *len)
{
    size_t at = IPV6_HEADER, total;
    uint8_t next;

    if (*len < IPV6_HEADER)
        return 0;
    total = IPV6_HEADER + (size_t)be16(p + 4);
    if (total > *len)
        return 0;
    next = p[6];
    while (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS || next == IPPROTO_ROUTING) {
        if (at + 8 > total)
            return 0;
        next = p[at];
        at += (p[at + 1] + 1) * 8u;
    }
    if (next != IPPROTO_TCP)
        return 0;
    *len = total;
    return at;
}

/* Of the SACK option among the options that end before end. */
static uint8_t count_sack_blocks(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p != OPTION_END) {
        if (*p == OPTION_NOP) {
            p++;
            continue;
        }
        if (end - p < 2 || p[1] < 2 || p[1] > end - p)
            break;
        if (*p == OPTION_SACK)
            return (uint8_t)((p[1] - 2) / SACK_BLOCK);
        p += p[1];
    }
    return 0;
}

bool packet_segment(const uint8_t *p, size_t len, struct segment *s)
{
    size_t at, header;
    uint8_t family = len ? p[0] >> 4 : 0;

    at = family == 4 ? tcp_offset_v4(p, &len) : family == 6 ? tcp_offset_v6(p, &len) : 0;
    if (at == 0 || at + TCP_HEADER > len)
        return false;
    header = (p[at + 12] >> 4) * 4u;
    if (header < TCP_HEADER || at + header > len)
        return false;

    s->family = family;
    s->addr_len = family == 4 ? 4 : 16;
    s->src = p + (family == 4 ? 12 : 8);
    s->dst = s->src + s->addr_len;
    s->tcp = p + at;
    s->tcp_len = header;
    s->src_port = be16(p + at);
    s->dst_port = be16(p + at + 2);
    s->seq = be32(p + at + 4);
    s->ack = be32(p + at + 8);
    s->flags = p[at + 13];
    s->window = be16(p + at + 14);
    s->sack_blocks = count_sack_blocks(s->tcp + TCP_HEADER, s->tcp + header);
    s->payload = (uint32_t)(len - at - header);
    s->seq_len = s->payload + !!(s->flags & TCP_SYN) + !!(s->flags & TCP_FIN);
    return true;
}

/* RFC 1624: HC' = ~(~HC + ~m + m') for one changed 16-bit word. */
static void mend_checksum(uint8_t *sum, uint16_t before, uint16_t after)
{
    uint32_t x = (uint16_t)~be16(sum);

    x += (uint16_t)~before;
    x += after;
    x = (x & 0xffff) + (x >> 16);
    x = (x & 0xffff) + (x >> 16);
    x = (uint16_t)~x;
    sum[0] = (uint8_t)(x >> 8);
    sum[1] = (uint8_t)x;
}

bool packet_mark_ce(uint8_t *p, size_t len)
{
    uint16_t before;

    if (len >= IPV4_HEADER && p[0] >> 4 == 4) {
        if ((p[1] & ECN_MASK) == 0)
            return false;
        before = be16(p);
        p[1] |= ECN_CE;
        mend_checksum(p + 10, before, be16(p));
        return true;
    }
    if (len >= IPV6_HEADER && p[0] >> 4 == 6) {
        /* The traffic class straddles the first two bytes; its ECN bits are bits 4 and 5 of p[1].
         */
        if ((p[1] & ECN_MASK << 4) == 0)
            return false;
        p[1] |= ECN_CE << 4;
        return true;
    }
    return false;
}
