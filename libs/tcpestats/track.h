/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must be remembered between two reads of one connection: extremes, edges seen by sampling,
 * running estimates. Part of the shared state file, so: fixed widths, no pointers, and a change of
 * layout needs a new TE_STATE_VERSION (state.h).
 */
#ifndef TE_TRACK_H
#define TE_TRACK_H

#include "snapshot.h"

/* A smoothed rate estimate of one direction (bandwidth.c). */
struct te_rate {
    uint64_t bandwidth;   /* bit/s, 0: no sample yet */
    uint64_t instability; /* bit/s */
    uint64_t best;        /* largest so far at which the plateau count restarted */
    uint64_t mark_ns;     /* start of the interval being measured */
    uint64_t mark_bytes;
    uint32_t plateau;     /* samples since best grew by a quarter */
    uint32_t reserved;
};

struct te_track {
    uint64_t last_ns;       /* time of the last snapshot merged, 0: none */
    uint64_t snd_lim_base_ns; /* when SndCong was first observed */
    uint64_t snd_lim_time_us[3]; /* by enum te_limit, as far as only we count it */
    uint64_t snd_lim_bytes[3];
    uint64_t last_bytes_sent;
    uint64_t last_busy_us, last_rwnd_us, last_sndbuf_us;
    uint32_t snd_lim_trans[3];
    uint32_t limit;         /* enum te_limit at the last snapshot */
    uint32_t open_known;    /* 1: passive, 2: active, 0: not known */
    uint32_t ca_state, retransmits, unacked, total_retrans;
    uint32_t max_ss_cwnd, max_ca_cwnd, max_ssthresh, min_ssthresh;
    uint32_t fast_retran, timeouts, subsequent_timeouts, abrupt_timeouts, cong_signals;
    uint32_t pre_cong_sum_cwnd, pre_cong_sum_rtt_us_lo, post_cong_sum_rtt_us_lo;
    uint32_t post_cong_count_rtt, post_cong_pending;
    uint32_t max_rtt_us, min_rtt_us, count_rtt, last_rtt_us, last_rttvar_us, last_delivered;
    uint64_t sum_rtt_us, pre_cong_sum_rtt_us, post_cong_sum_rtt_us;
    uint32_t max_rto_us, min_rto_us, max_mss, min_mss;
    uint32_t max_rwin_sent, min_rwin_sent, max_rwin_rcvd, min_rwin_rcvd;
    uint64_t max_retx_queue, max_app_wqueue, max_app_rqueue;
    struct te_rate out, in;
};

#endif
