/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TCP segments between wire form and a form that a scenario can speak of. */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"

enum { TCP_PSH = 0x08, TCP_ACK = 0x10, TCP_ECE = 0x40, TCP_CWR = 0x80 };
enum { ECN_NONE = 0, ECN_ECT1 = 1, ECN_ECT0 = 2, ECN_MARKED = 3 };
enum { SACK_BLOCKS = 4, PACKET_MAX = 65536 + 64 };

/* The options that TCP endpoints exchange; -1 where an option is absent. */
struct tcp_options {
    int mss;
    int wscale;
    bool sack_ok;
    bool ts;
    uint32_t tsval, tsecr;
    unsigned blocks;
    uint32_t sack[SACK_BLOCKS][2];
};

/* One segment, sequence numbers as on the wire. */
struct tcp_packet {
    uint32_t seq, ack;
    uint32_t len;
    uint16_t window; /* unscaled */
    uint8_t flags;
    uint8_t ecn; /* of the IP header */
    struct tcp_options options;
    const uint8_t *payload;
};

/* Addresses and ports, seen from the peer. */
struct endpoints {
    uint8_t family; /* 4 or 6 */
    uint8_t peer[16], kernel[16];
    uint16_t peer_port, kernel_port;
};

enum segment_verdict { SEGMENT_OTHER, SEGMENT_OURS, SEGMENT_BAD };

/*
 * Reads what came from the kernel. OTHER: not TCP between these ends; BAD: it is, but a checksum or
 * an option is wrong.
 */
enum segment_verdict segment_read(const uint8_t *packet, size_t len, const struct endpoints *ends,
                                  struct tcp_packet *p);

/* Writes a segment from the peer to the kernel; its length. */
size_t segment_write(uint8_t packet[static PACKET_MAX], const struct endpoints *ends,
                     const struct tcp_packet *p);

/* Writes the ICMP message of a router with a smaller MTU about a packet from the kernel. */
size_t segment_too_big(uint8_t packet[static PACKET_MAX], const struct endpoints *ends,
                       const uint8_t *original, size_t len, uint16_t mtu);

#endif
