/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a connection keeps of the collector, so that nothing goes backwards when that comes, goes or
 * starts anew. A record counts from 0; for each of its counters there is the total as it was last
 * told, and how much of the record that told it is in there. Part of the shared memory file, so:
 * fixed widths, no pointers, no padding, and a change needs a new TE_MEMORY_VERSION (format.h).
 */
#ifndef TE_CARRY_H
#define TE_CARRY_H

#include "collector/collector.h"
#include "memory/track.h"

/* The counters of counted.def: TE_C_<name>. */
enum te_counted {
#define COUNTED(name, bits, event, without) TE_C_##name,
#include "counted.def"
    TE_COUNTED
};

/*
 * What is known: the two origins. And whether somebody has read the connection since without seeing
 * the record, so that his numbers, which may be higher, must not be undercut by the next who sees
 * it.
 */
enum te_carry_known { TE_CARRY_SND = 1, TE_CARRY_RCV = 2, TE_CARRY_BLIND = 4 };

struct te_carry {
    uint64_t epoch;        /* of the record that `seen` is about, 0: there never was one */
    uint64_t duplicate_in; /* of DataBytesIn, what is not in tcpi_bytes_received */
    /* The three limits' times add up: from when on, and what they were then. 0: SndCong was off. */
    uint64_t limits_ns;
    uint64_t limits_base[TE_LIMIT_COUNT];
    /* Up to when the totals by limit are told: from here on sock_diag goes on while no record is
       to be had. What the two mean by a limit differs, so the sizes of their counts can't be
       compared. */
    struct te_limits_at limits_at;
    uint64_t total[TE_COUNTED]; /* as last told */
    uint64_t seen[TE_COUNTED];  /* how much of the record is in there */
    uint32_t known;             /* enum te_carry_known */
    uint32_t snd_origin;        /* SND.UNA = this + tcpi_bytes_acked */
    uint32_t rcv_origin;        /* RCV.NXT = this + tcpi_bytes_received */
    uint32_t mss_rcvd;          /* 0: not told */
    uint32_t max_reasm_queue;
    uint32_t soft_error_reason; /* the last one, 0: none */
};

_Static_assert(sizeof(struct te_carry) ==
                   48 + sizeof(struct te_limits_at) + 16 * TE_COUNTED + 6 * sizeof(uint32_t),
               "no padding: summed and compared");

/* What there is to take in at one reading of a connection. */
struct te_news {
    const struct te_snapshot *s;
    const struct te_bytes *b;
    const struct te_record_copy *record; /* NULL: there is none */
    /* Where its sequence numbers start; NULL, or not known: not told */
    const struct te_collector_starts *starts;
    uint64_t at_ns; /* the instant that is shown */
};

/*
 * Takes news into what is kept of a connection; a record's extremes and rates go into track, for
 * the classes that are on (bits as in tcpestats_conn.enabled). News may be older than what is
 * there: then nothing is lost, and nothing counted twice. True if something changed that a reader
 * could not work out from the same news; clock: time that has passed is such a thing.
 */
bool te_carry_merge(struct te_carry *carry, struct te_track *track, uint32_t enabled,
                    const struct te_news *news, bool clock);

/*
 * The totals while no record tells them: what was told, or what sock_diag has, whichever is more.
 * Those by limit have been gone on with by te_carry_merge().
 */
void te_carry_keep(struct te_carry *carry, const struct te_snapshot *s, const struct te_track *t,
                   const struct te_bytes *b);

#endif
