/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one direction of each TCP connection did, told from sequence numbers alone: which segments
 * were new, which were sent before, and which of those repaired a loss. A second opinion for the
 * kernel's own counters.
 */
#ifndef PATH_FLOW_H
#define PATH_FLOW_H

#include "packet.h"

#include <stdio.h>

struct flow_counts {
    uint64_t data_segs; /* with payload, the retransmitted ones included */
    uint64_t data_bytes;
    uint64_t new_bytes;       /* payload seen for the first time */
    uint64_t retrans_segs;    /* took sequence space that had been taken before */
    uint64_t retrans_bytes;   /* their payload */
    uint64_t retrans_control; /* of retrans_segs: SYN or FIN without payload */
    uint64_t repairs;         /* of retrans_segs: filled a hole that a drop had made */
    uint64_t needless;        /* of retrans_segs: what they carry had not been dropped */
    uint64_t dropped_data;    /* segments with payload that the path dropped */
    uint64_t dropped_bytes;   /* their payload */
    uint64_t dropped_retrans; /* of these: retransmissions */
    uint64_t dropped_control; /* SYN or FIN without payload */
    uint64_t sacks;           /* acknowledgements without data, but with SACK blocks */
    uint64_t dup_acks;        /* such that repeat the one before, with SACK blocks or its window */
};

struct lost_range {
    uint32_t start, end;
};

enum { FLOW_LOST_MAX = 4096 };

struct flow {
    struct flow *next;
    uint8_t family;
    uint8_t src[16], dst[16];
    uint16_t src_port, dst_port;
    uint32_t isn;         /* sequence number of the SYN, or of the first segment seen */
    uint32_t next_seq;    /* one past the highest sequence number seen */
    bool acked;           /* there has been an acknowledgement without data: */
    uint32_t ack;         /* what the last of them said */
    uint16_t window;      /* and offered */
    uint64_t new_index;   /* how many new data segments */
    uint64_t again_index; /* how many retransmissions */
    unsigned lost_count;
    struct lost_range lost[FLOW_LOST_MAX];
    struct flow_counts count;
    uint64_t untracked; /* losses beyond FLOW_LOST_MAX */
};

struct flow_table {
    struct flow *first;
    unsigned count;
    uint64_t untracked; /* segments of flows beyond the table's size */
};

enum seen { SEEN_NOTHING, SEEN_NEW, SEEN_AGAIN };

/*
 * Books a segment. *flow is NULL when it could not be tracked. SEEN_NOTHING: takes no sequence
 * space. For SEEN_NEW with payload flow->new_index is this segment's index, counted from 1; for
 * SEEN_AGAIN flow->again_index is.
 */
enum seen flow_see(struct flow_table *table, const struct segment *segment, struct flow **flow);

/* The path has dropped a segment that flow_see() booked. */
void flow_dropped(struct flow *flow, const struct segment *segment, enum seen seen);

/* Bytes of sequence space that were dropped and never sent again. */
uint64_t flow_unrepaired(const struct flow *flow);

/* JSON array of all flows. */
void flow_report(const struct flow_table *table, FILE *out);

void flow_table_free(struct flow_table *table);

#endif
