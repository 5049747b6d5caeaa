/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pcap.h"

#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, SNAP = 65536, LINKTYPE_RAW = 101 };
enum {
    OPT_END = 0,
    OPT_NOP = 1,
    OPT_MSS = 2,
    OPT_WSCALE = 3,
    OPT_SACK_OK = 4,
    OPT_SACK = 5,
    OPT_TS = 8
};
static const uint32_t PCAP_NANOSECONDS = 0xa1b23c4d;

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void read_option(struct packet *out, unsigned kind, const uint8_t *data, unsigned len)
{
    switch (kind) {
    case OPT_MSS:
        out->mss = len == 2 ? get16(data) : -1;
        break;
    case OPT_WSCALE:
        out->wscale = len == 1 ? data[0] : -1;
        break;
    case OPT_SACK_OK:
        out->sack_ok = true;
        break;
    case OPT_TS:
        out->has_ts = len == 8;
        if (out->has_ts) {
            out->ts_val = get32(data);
            out->ts_ecr = get32(data + 4);
        }
        break;
    case OPT_SACK:
        for (; len >= 8 && out->sacks < SACK_MAX; len -= 8, data += 8)
            out->sack[out->sacks++] = (struct sack_block){get32(data), get32(data + 4)};
        break;
    }
}

static void read_options(struct packet *out, const uint8_t *p, const uint8_t *end)
{
    out->mss = out->wscale = -1;
    while (p < end && *p != OPT_END) {
        if (*p == OPT_NOP) {
            p++;
            continue;
        }
        if (end - p < 2 || p[1] < 2 || p[1] > end - p)
            return;
        read_option(out, p[0], p + 2, p[1] - 2u);
        p += p[1];
    }
}

/* Does the packet travel from the first to the second of these ends? */
static bool travels(const struct connection *c, const uint8_t *addresses, const uint8_t *ports,
                    bool out)
{
    size_t len = c->family == AF_INET ? 4 : 16;
    const uint8_t *from = out ? c->local : c->remote, *to = out ? c->remote : c->local;

    return memcmp(addresses, from, len) == 0 && memcmp(addresses + len, to, len) == 0 &&
           get16(ports) == (out ? c->local_port : c->remote_port) &&
           get16(ports + 2) == (out ? c->remote_port : c->local_port);
}

/* False: not a segment of this connection. */
static bool read_segment(const uint8_t *p, size_t captured, const struct connection *c,
                         struct packet *out)
{
    bool v4 = c->family == AF_INET;
    size_t ip = v4 ? IPV4_HEADER : IPV6_HEADER, total, header;
    const uint8_t *tcp;

    if (captured < ip || p[0] >> 4 != (v4 ? 4 : 6) || p[v4 ? 9 : 6] != IPPROTO_TCP)
        return false;
    total = v4 ? get16(p + 2) : IPV6_HEADER + (size_t)get16(p + 4);
    if (v4)
        ip = (p[0] & 15) * 4u;
    if (captured < ip + TCP_HEADER)
        return false;
    tcp = p + ip;
    header = (tcp[12] >> 4) * 4u;
    if (header < TCP_HEADER || captured < ip + header || total < ip + header)
        return false;
    out->out = travels(c, p + (v4 ? 12 : 8), tcp, true);
    if (!out->out && !travels(c, p + (v4 ? 12 : 8), tcp, false))
        return false;

    out->ecn = v4 ? p[1] & 3 : p[1] >> 4 & 3;
    out->seq = get32(tcp + 4);
    out->ack = get32(tcp + 8);
    out->flags = tcp[13];
    out->window = get16(tcp + 14);
    out->payload = (uint32_t)(total - ip - header);
    read_options(out, tcp + TCP_HEADER, tcp + header);
    return true;
}

static bool read_records(FILE *in, const struct connection *c, struct packets *list)
{
    static uint8_t data[SNAP];
    uint32_t record[4]; /* seconds, nanoseconds, captured, length */
    size_t room = 0;

    while (fread(record, sizeof(record), 1, in) == 1) {
        struct packet p = {.ns = record[0] * 1000000000ull + record[1]};

        if (record[2] > sizeof(data) || fread(data, 1, record[2], in) != record[2])
            return false;
        if (!read_segment(data, record[2], c, &p))
            continue;
        if (list->count == room) {
            room = room ? 2 * room : 4096;
            list->at = realloc(list->at, room * sizeof(*list->at));
            if (!list->at)
                err(1, "memory");
        }
        list->at[list->count++] = p;
    }
    return feof(in);
}

bool pcap_read(const char *file, const struct connection *c, struct packets *list)
{
    FILE *in = fopen(file, "rbe");
    uint32_t header[6]; /* magic, version, zone, accuracy, snaplen, link type */
    bool whole;

    *list = (struct packets){0};
    if (!in) {
        warn("%s", file);
        return false;
    }
    whole = fread(header, sizeof(header), 1, in) == 1 && header[0] == PCAP_NANOSECONDS &&
            header[5] == LINKTYPE_RAW && read_records(in, c, list);
    fclose(in);
    if (!whole)
        warnx("%s: not a whole capture of ours", file);
    return whole;
}
