/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one end of a connection did and saw, told from the packets that passed it. Sequence numbers
 * are relative to the initial ones.
 */
#ifndef ORACLE_LEDGER_H
#define ORACLE_LEDGER_H

#include "pcap.h"
#include "receive.h"
#include "rtt.h"
#include "series.h"

struct handshake { /* options of a SYN; -1: absent */
    int mss, wscale;
    bool sack_ok, timestamps;
};

struct ledger {
    struct handshake mine, theirs;
    bool opened; /* sent the SYN without ACK */

    struct {
        uint64_t segs, data_segs, bytes, synacks, retrans_segs, retrans_bytes, cwr;
        uint64_t dup_acks, dup_ack_episodes;
    } out;
    struct {
        uint64_t segs, data_segs, bytes, again_bytes, ce, ece;
        uint64_t dup_acks, sacks, sack_blocks;
        uint64_t dsack_segs;  /* segments that D-SACK blocks reported */
        uint64_t dsack_twins; /* of these: in an acknowledgement that just came before */
        uint64_t ece_acked;   /* segments that acknowledgements with ECE delivered */
        uint64_t soft_errors;
        unsigned soft_reason; /* the last one's, in Windows' numbers */
        uint64_t old_acks;    /* of these: acknowledgements below SND.UNA, which are no reason to
                                 drop a segment */
        uint64_t covered;     /* segments with nothing but what waits for a hole to be filled */
    } in;
    struct {
        uint64_t acks, episodes, bytes;
    } reordered; /* duplicate acknowledgements that no retransmission answered */
    struct {
        uint64_t first, again, abrupt, probes;
    } timer; /* expiries inferred from what was sent with nothing to prompt it */

    uint32_t iss, irs; /* initial sequence numbers, as the packets have them */
    uint32_t una, nxt; /* sending half */
    struct hole_map got;
    uint32_t most_waiting;                      /* largest span of the reassembly queue */
    struct series flight, rwin_sent, rwin_rcvd; /* bytes */
    struct series soft;                         /* soft errors so far */
    struct rtt rtt;
    double busy_us; /* something was unacknowledged, or waited for the window */
    double rwin_us; /* the next segment would not have fitted into the window */
    uint64_t rwin_spells;
    uint64_t last_ns;
    uint64_t calm_ns; /* until then nothing was lost, marked or out of order */
};

/* Books all packets up to the time cut. */
void ledger_make(struct ledger *ledger, const struct packets *packets, uint64_t cut_ns);
void ledger_free(struct ledger *ledger);

/* Largest payload of a segment that goes out. */
unsigned ledger_mss(const struct ledger *ledger);

#endif
