/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment.h"

#include <netinet/in.h>
#include <string.h>

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, HOP_LIMIT = 64, DONT_FRAGMENT = 0x40 };
enum { OPT_END, OPT_NOP, OPT_MSS, OPT_WSCALE, OPT_SACK_OK, OPT_SACK, OPT_TS = 8 };

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint32_t sum(const uint8_t *p, size_t len, uint32_t s)
{
    for (; len > 1; p += 2, len -= 2)
        s += get16(p);
    if (len)
        s += (uint32_t)p[0] << 8;
    return s;
}

static uint16_t fold(uint32_t s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (uint16_t)s;
}

static size_t address_len(const struct endpoints *e)
{
    return e->family == 4 ? 4 : 16;
}

/* The pseudo header is the same sum for both families: addresses, length, protocol. */
static uint16_t checksum(const struct endpoints *e, unsigned protocol, const uint8_t *p, size_t len)
{
    uint32_t s = sum(e->peer, address_len(e), sum(e->kernel, address_len(e), 0));

    return (uint16_t)~fold(sum(p, len, s + protocol + (uint32_t)len));
}

static bool read_option(const uint8_t *p, struct tcp_options *o)
{
    unsigned len = p[1], i;

    switch (p[0]) {
    case OPT_MSS:
        o->mss = get16(p + 2);
        return len == 4;
    case OPT_WSCALE:
        o->wscale = p[2];
        return len == 3;
    case OPT_SACK_OK:
        o->sack_ok = true;
        return len == 2;
    case OPT_TS:
        o->ts = true;
        o->tsval = get32(p + 2);
        o->tsecr = get32(p + 6);
        return len == 10;
    case OPT_SACK:
        o->blocks = (len - 2) / 8;
        for (i = 0; i < o->blocks && i < SACK_BLOCKS; i++) {
            o->sack[i][0] = get32(p + 2 + 8 * i);
            o->sack[i][1] = get32(p + 6 + 8 * i);
        }
        return o->blocks && o->blocks <= SACK_BLOCKS && (len - 2) % 8 == 0;
    }
    return false;
}

static bool read_options(const uint8_t *p, size_t len, struct tcp_options *o)
{
    uint8_t padded[60 - TCP_HEADER + 16] = {0}; /* an option's fixed part can be read whole */
    size_t at = 0;

    memset(o, 0, sizeof(*o));
    o->mss = o->wscale = -1;
    memcpy(padded, p, len);
    while (at < len && padded[at] != OPT_END) {
        if (padded[at] == OPT_NOP) {
            at++;
            continue;
        }
        if (at + 2 > len || padded[at + 1] < 2 || at + padded[at + 1] > len ||
            !read_option(padded + at, o))
            return false;
        at += padded[at + 1];
    }
    return true;
}

enum segment_verdict segment_read(const uint8_t *packet, size_t len, const struct endpoints *ends,
                                  struct tcp_packet *p)
{
    struct segment s;
    size_t tcp_len;

    if (!packet_segment(packet, len, &s) || s.family != ends->family ||
        s.src_port != ends->kernel_port || s.dst_port != ends->peer_port ||
        memcmp(s.src, ends->kernel, s.addr_len) != 0 || memcmp(s.dst, ends->peer, s.addr_len) != 0)
        return SEGMENT_OTHER;
    tcp_len = s.tcp_len + s.payload;
    if (checksum(ends, IPPROTO_TCP, s.tcp, tcp_len) != 0)
        return SEGMENT_BAD;
    if (s.family == 4 && fold(sum(packet, (size_t)(s.tcp - packet), 0)) != 0xffff)
        return SEGMENT_BAD;
    *p = (struct tcp_packet){
        .seq = s.seq,
        .ack = get32(s.tcp + 8),
        .len = s.payload,
        .window = get16(s.tcp + 14),
        .flags = s.flags,
        .ecn = s.family == 4 ? packet[1] & 3 : packet[1] >> 4 & 3,
        .payload = s.tcp + s.tcp_len,
    };
    if (!read_options(s.tcp + TCP_HEADER, s.tcp_len - TCP_HEADER, &p->options))
        return SEGMENT_BAD;
    return SEGMENT_OURS;
}

static size_t write_options(uint8_t *p, const struct tcp_options *o)
{
    size_t n = 0;
    unsigned i;

    if (o->mss >= 0) {
        p[n] = OPT_MSS;
        p[n + 1] = 4;
        put16(p + n + 2, (unsigned)o->mss);
        n += 4;
    }
    if (o->wscale >= 0) {
        p[n] = OPT_WSCALE;
        p[n + 1] = 3;
        p[n + 2] = (uint8_t)o->wscale;
        n += 3;
    }
    if (o->sack_ok) {
        p[n] = OPT_SACK_OK;
        p[n + 1] = 2;
        n += 2;
    }
    if (o->ts) {
        p[n] = OPT_TS;
        p[n + 1] = 10;
        put32(p + n + 2, o->tsval);
        put32(p + n + 6, o->tsecr);
        n += 10;
    }
    if (o->blocks) {
        p[n] = OPT_SACK;
        p[n + 1] = (uint8_t)(2 + 8 * o->blocks);
        for (i = 0; i < o->blocks; i++) {
            put32(p + n + 2 + 8 * i, o->sack[i][0]);
            put32(p + n + 6 + 8 * i, o->sack[i][1]);
        }
        n += 2 + 8 * o->blocks;
    }
    while (n % 4)
        p[n++] = OPT_NOP;
    return n;
}

/* An IP header from the peer (or a router that has its address) to the kernel; its length. */
static size_t write_ip(uint8_t *p, const struct endpoints *e, unsigned protocol, unsigned ecn,
                       size_t payload)
{
    if (e->family == 4) {
        memset(p, 0, IPV4_HEADER);
        p[0] = 0x45;
        p[1] = (uint8_t)ecn;
        put16(p + 2, (unsigned)(IPV4_HEADER + payload));
        p[6] = DONT_FRAGMENT;
        p[8] = HOP_LIMIT;
        p[9] = (uint8_t)protocol;
        memcpy(p + 12, e->peer, 4);
        memcpy(p + 16, e->kernel, 4);
        put16(p + 10, (uint16_t)~fold(sum(p, IPV4_HEADER, 0)));
        return IPV4_HEADER;
    }
    memset(p, 0, IPV6_HEADER);
    p[0] = 0x60;
    p[1] = (uint8_t)(ecn << 4);
    put16(p + 4, (unsigned)payload);
    p[6] = (uint8_t)protocol;
    p[7] = HOP_LIMIT;
    memcpy(p + 8, e->peer, 16);
    memcpy(p + 24, e->kernel, 16);
    return IPV6_HEADER;
}

static size_t ip_header(const struct endpoints *e)
{
    return e->family == 4 ? IPV4_HEADER : IPV6_HEADER;
}

size_t segment_write(uint8_t packet[static PACKET_MAX], const struct endpoints *ends,
                     const struct tcp_packet *p)
{
    uint8_t *tcp = packet + ip_header(ends);
    size_t header, len;

    memset(tcp, 0, TCP_HEADER);
    put16(tcp, ends->peer_port);
    put16(tcp + 2, ends->kernel_port);
    put32(tcp + 4, p->seq);
    put32(tcp + 8, p->ack);
    tcp[13] = p->flags;
    put16(tcp + 14, p->window);
    header = TCP_HEADER + write_options(tcp + TCP_HEADER, &p->options);
    tcp[12] = (uint8_t)(header / 4 << 4);
    memcpy(tcp + header, p->payload, p->len);
    len = header + p->len;
    put16(tcp + 16, checksum(ends, IPPROTO_TCP, tcp, len));
    return write_ip(packet, ends, IPPROTO_TCP, p->ecn, len) + len;
}

size_t segment_too_big(uint8_t packet[static PACKET_MAX], const struct endpoints *ends,
                       const uint8_t *original, size_t len, uint16_t mtu)
{
    enum { ICMP_HEADER = 8, QUOTED = 128, UNREACHABLE = 3, FRAG_NEEDED = 4, TOO_BIG = 2 };
    uint8_t *icmp = packet + ip_header(ends);
    size_t quoted = len < QUOTED ? len : QUOTED, total = ICMP_HEADER + quoted;

    memset(icmp, 0, ICMP_HEADER);
    memcpy(icmp + ICMP_HEADER, original, quoted);
    if (ends->family == 4) {
        icmp[0] = UNREACHABLE;
        icmp[1] = FRAG_NEEDED;
        put16(icmp + 6, mtu);
        put16(icmp + 2, (uint16_t)~fold(sum(icmp, total, 0)));
        return write_ip(packet, ends, IPPROTO_ICMP, ECN_NONE, total) + total;
    }
    icmp[0] = TOO_BIG;
    put32(icmp + 4, mtu);
    put16(icmp + 2, checksum(ends, IPPROTO_ICMPV6, icmp, total));
    return write_ip(packet, ends, IPPROTO_ICMPV6, ECN_NONE, total) + total;
}
