/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the path emulator reads from a packet, and the one thing it changes in one. */
#ifndef PATH_PACKET_H
#define PATH_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04 };

/* One TCP segment as it stands on the wire. */
struct segment {
    uint8_t family;     /* 4 or 6 */
    const uint8_t *src; /* into the packet */
    const uint8_t *dst;
    size_t addr_len;
    const uint8_t *tcp; /* the TCP header, into the packet */
    size_t tcp_len;     /* with options */
    uint16_t src_port;  /* host byte order */
    uint16_t dst_port;
    uint32_t seq;
    uint32_t ack;
    uint16_t window;  /* as it stands there, not scaled */
    uint32_t payload; /* bytes */
    uint32_t seq_len; /* sequence space taken: payload, SYN, FIN */
    uint8_t flags;
    uint8_t sack_blocks;
};

/* Reads an IPv4 or IPv6 packet. False: not a whole TCP segment (other protocol, fragment, garbage).
 */
bool packet_segment(const uint8_t *packet, size_t len, struct segment *segment);

/*
 * Marks a packet of an ECN-capable transport with "congestion experienced" and mends the IPv4
 * header checksum. False: not ECN-capable, untouched.
 */
bool packet_mark_ce(uint8_t *packet, size_t len);

#endif
