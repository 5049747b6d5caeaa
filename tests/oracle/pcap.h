/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a capture of IP packets without a link layer: the TCP segments of one connection. */
#ifndef ORACLE_PCAP_H
#define ORACLE_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_ACK = 16, FLAG_ECE = 64, FLAG_CWR = 128 };
enum { ECN_CE = 3, SACK_MAX = 4 };

struct sack_block {
    uint32_t from, to;
};

struct packet {
    uint64_t ns; /* CLOCK_REALTIME */
    bool out;    /* sent by the end that captured */
    uint8_t flags;
    uint8_t ecn; /* of the IP header */
    uint16_t window;
    uint32_t seq, ack, payload;
    int mss, wscale; /* options of a SYN; -1: absent */
    bool sack_ok, has_ts;
    uint32_t ts_val, ts_ecr;
    unsigned sacks;
    struct sack_block sack[SACK_MAX];
};

struct packets {
    struct packet *at;
    size_t count;
};

struct connection {
    int family;
    uint8_t local[16], remote[16]; /* network byte order */
    uint16_t local_port, remote_port;
};

/* False after a message. What is not of the connection is passed over. */
bool pcap_read(const char *file, const struct connection *connection, struct packets *packets);

#endif
