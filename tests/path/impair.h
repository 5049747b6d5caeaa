/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one direction of the path does to each packet. */
#ifndef PATH_IMPAIR_H
#define PATH_IMPAIR_H

#include "flow.h"

#include <stdio.h>

/* Indexes, counted from 1 in each flow: "5,10-20,300-9000/100" (every hundredth from 300 on). */
struct index_list {
    struct index_range {
        uint64_t first, last, step;
    } * range;
    size_t count;
};

/* Time windows, counted from the first new data segment of the direction: "2s+500ms,8s+1s". */
struct window_list {
    struct window {
        uint64_t start_ns, length_ns;
    } * window;
    size_t count;
};

struct impair_config {
    uint64_t delay_ns;
    uint64_t rate;       /* bits of IP packets a second; 0: no limit */
    uint64_t limit;      /* bytes that may wait for the link; 0: no limit */
    uint64_t reorder_ns; /* how much later a reordered packet comes */
    uint64_t loss_ppm, reorder_ppm, dup_ppm, ce_ppm;
    uint64_t seed;
    struct index_list drop;         /* new data segments */
    struct index_list drop_retrans; /* retransmissions */
    struct index_list reorder;      /* new data segments */
    struct index_list dup;
    struct index_list ce;
    struct window_list blackout; /* nothing comes through */
    struct window_list hold;     /* nothing comes out before the window ends */
};

/* Why a packet was dropped. */
enum cause {
    KEPT,
    DROP_LIMIT, /* tail drop */
    DROP_INDEX, /* told to drop just this one */
    DROP_LOSS,  /* at random */
    DROP_BLACKOUT,
    DROP_MEMORY, /* the emulator itself had no room */
    CAUSES
};

struct impair {
    struct impair_config config;
    uint64_t random;
    uint64_t link_free_ns; /* when the link will have sent all that waits */
    uint64_t start_ns;     /* first new data segment; 0: none yet */
    struct flow_table flows;
    uint64_t packets, bytes;         /* seen */
    uint64_t out_packets, out_bytes; /* written to the far side, duplicates included */
    uint64_t dropped[CAUSES];
    uint64_t dropped_data[CAUSES]; /* of these: segments with payload */
    uint64_t reordered, duplicated, marked_ce, not_ecn_capable, held, write_errors;
};

struct verdict {
    enum cause cause;
    uint64_t due_ns;
    bool twice;
    struct flow *flow; /* to book a loss that happens after the verdict; NULL: nothing to book */
    struct segment segment;
    enum seen seen;
};

/* Applies "key=value". NULL, or a message: what is wrong. */
const char *impair_configure(struct impair *impair, const char *setting);

/* One line per key, for --help. */
void impair_usage(FILE *out);

/* To be called once after the last impair_configure(). */
void impair_start(struct impair *impair);

/* Decides on a packet that arrived at now, counts it, and may mark it. */
struct verdict impair_packet(struct impair *impair, uint64_t now_ns, uint8_t *packet, size_t len);

/* A packet that the verdict kept got lost for want of memory. */
void impair_no_room(struct impair *impair, const struct verdict *verdict);

/* JSON object. */
void impair_report(const struct impair *impair, FILE *out);

void impair_free(struct impair *impair);

#endif
