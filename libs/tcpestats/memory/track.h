/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must be remembered between two reads of one connection: extremes, edges seen by sampling,
 * running estimates. Part of the shared memory file, so: fixed widths, no pointers, no padding, and
 * a change of layout needs a new TE_MEMORY_VERSION (format.h).
 */
#ifndef TE_TRACK_H
#define TE_TRACK_H

#include "kernel/kernel.h"
#include "memory/sender-limits.h"
#include "shared/rate.h"

/* A 32-bit kernel counter continued in 64 bits: Windows' member is wider than the kernel's. */
struct te_wide {
    uint32_t low;
    uint32_t high;
};

struct te_track {
    uint64_t last_ns; /* time of the newest snapshot merged, 0: none */

    /* SndCong */
    struct te_limits_at lim_at; /* up to here the limits have been accounted for */
    uint64_t lim_snd_us;
    uint64_t lim_bytes[TE_LIMIT_COUNT];
    uint32_t lim_trans[TE_LIMIT_COUNT];
    uint32_t max_ss_cwnd;
    uint32_t max_ca_cwnd;
    uint32_t max_ssthresh;
    uint32_t min_ssthresh; /* 0: never set */
    uint32_t reserved;

    /* Path: edges seen by sampling */
    uint32_t ca_state;
    uint32_t retransmits;
    uint32_t cwnd_bytes;
    uint32_t fast_retran;
    uint32_t timeouts;
    uint32_t subsequent_timeouts;
    uint32_t abrupt_timeouts;
    uint32_t cong_signals; /* other than by timeout where the kernel counts those itself */
    uint32_t post_cong_count;
    uint32_t post_cong_pending;
    uint64_t pre_cong_sum_cwnd;
    uint64_t pre_cong_sum_rtt_us;
    uint64_t post_cong_sum_rtt_us;

    /* Path and FineRtt */
    uint64_t sum_rtt_us;
    uint32_t count_rtt;
    uint32_t last_rtt_us;
    uint32_t last_rttvar_us;
    uint32_t max_rtt_us;
    uint32_t min_rtt_us; /* 0: no sample */
    uint32_t max_rto_us;
    uint32_t min_rto_us;
    uint32_t max_mss;
    uint32_t min_mss;

    /* Rec and ObsRec */
    uint32_t max_rwin_sent;
    uint32_t min_rwin_sent;
    uint32_t max_rwin_rcvd;
    uint32_t min_rwin_rcvd;
    uint32_t seen; /* enum te_seen: which minima above hold something */

    /* SendBuff and Rec */
    uint64_t max_retx_queue;
    uint64_t max_app_wqueue;
    uint64_t max_app_rqueue;

    /* Data */
    struct te_wide segs_out, segs_in, data_segs_out, data_segs_in;
    uint64_t data_bytes_out; /* on kernels before 4.19 */
    uint32_t open;           /* enum te_open, once certain */

    /* Path: 16-bit kernel counters continued in 32 bits */
    uint32_t total_rto;
    uint32_t total_rto_recoveries;

    uint32_t soft_errors; /* Data: the socket's drops while it was ESTABLISHED */

    struct te_rate out, in;
    struct te_rate_mark out_mark, in_mark;
};

/* i386 puts 64 bits at any multiple of 4: padding would differ. */
_Static_assert(sizeof(struct te_track) == 416, "same layout on all machines");

/* Minima for which 0 is a value, too. */
enum te_seen { TE_SEEN_RWIN_SENT = 1, TE_SEEN_RWIN_RCVD = 2 };

/*
 * Merges one snapshot into the memory of a connection, for the classes that are on (bits as in
 * tcpestats_conn.enabled). Snapshots may arrive out of order: an older one can still raise a
 * maximum, but no edge is seen between it and a newer one. Returns true if something changed that
 * the next reader could not work out again from the same memory, i.e. if it is worth storing.
 * clock: the caller will show what moves with time alone; else an idle connection is left in peace.
 */
bool te_track_merge(struct te_track *track, uint32_t enabled, const struct te_snapshot *s,
                    const struct te_bytes *bytes, bool clock);

struct te_record_copy; /* collector/reading.h */

/* Takes a record's extremes and rates into the memory, for the classes that are on. */
void te_track_fold(struct te_track *track, uint32_t enabled, const struct te_record_copy *record);

/* The 32-bit continuation of a 16-bit kernel counter of which low was read. */
uint32_t te_continued(uint32_t known, uint16_t low);

/* The 64-bit continuation of a kernel counter of which low was read. */
uint64_t te_wide_value(const struct te_wide *wide, uint32_t low);

#endif
