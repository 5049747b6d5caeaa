/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/collector.h"
#include "kernel/kernel.h"
#include "memory/track.h"
#include "shared/classes.h"
#include "tcpestats.h"

static bool raise_32(uint32_t *max, uint32_t value)
{
    if (value <= *max)
        return false;
    *max = value;
    return true;
}

static bool raise_64(uint64_t *max, uint64_t value)
{
    if (value <= *max)
        return false;
    *max = value;
    return true;
}

/* 0 is "none yet" and never a value. */
static bool lower_32(uint32_t *min, uint32_t value)
{
    if (!value || (*min && value >= *min))
        return false;
    *min = value;
    return true;
}

/* A minimum for which 0 is a value. */
static bool lower_seen(struct te_track *t, uint32_t bit, uint32_t *min, uint32_t value)
{
    if ((t->seen & bit) && value >= *min)
        return false;
    t->seen |= bit;
    *min = value;
    return true;
}

uint64_t te_wide_value(const struct te_wide *wide, uint32_t low)
{
    /* Of two numbers half a round apart the nearer is meant: replies may be merged out of order. */
    uint64_t high = wide->high;

    if (low < wide->low && wide->low - low > UINT32_MAX / 2)
        high++;
    else if (high && low > wide->low && low - wide->low > UINT32_MAX / 2)
        high--;
    return high << 32 | low;
}

static bool widen(struct te_wide *wide, uint32_t low)
{
    uint64_t value = te_wide_value(wide, low);
    uint64_t before = (uint64_t)wide->high << 32 | wide->low;

    if (value <= before)
        return false;
    wide->low = low;
    wide->high = (uint32_t)(value >> 32);
    return true;
}

uint32_t te_continued(uint32_t known, uint16_t low)
{
    uint16_t step = (uint16_t)(low - (uint16_t)known);

    if (!known)
        return low;
    /* More than half a round ahead is a reply from before the last one. */
    return step > INT16_MAX ? known : known + step;
}

/*
 * The kernel books the times in ticks, late and in one go, so what has been shown must be stored,
 * or the time that is left over could shrink.
 */
static bool merge_limits(struct te_track *t, const struct te_snapshot *s, bool clock)
{
    struct te_limits_step step;
    uint64_t shown_ms = t->lim_snd_us / 1000;

    if (!te_limits_known(&t->lim_at)) {
        t->lim_at = te_limits_begin(s);
        t->lim_trans[te_limits_now(s)] = 1;
        return true;
    }
    te_limits_step(&t->lim_at, s, &step);
    if (!step.moved && !clock)
        return false;
    t->lim_snd_us += step.us[TE_LIMIT_SND];
    for (unsigned i = 0; i < TE_LIMIT_COUNT; i++) {
        t->lim_bytes[i] += step.bytes[i];
        t->lim_trans[i] += step.trans[i];
    }
    te_limits_advance(&t->lim_at, s);
    return step.moved || t->lim_snd_us / 1000 != shown_ms;
}

static bool merge_windows(struct te_track *t, const struct te_snapshot *s)
{
    const struct te_tcp_info *ti = &s->info;
    uint32_t cwnd = te_segments_to_bytes(ti->tcpi_snd_cwnd, ti->tcpi_snd_mss);
    bool slow_start = ti->tcpi_snd_cwnd < ti->tcpi_snd_ssthresh;
    bool changed = raise_32(slow_start ? &t->max_ss_cwnd : &t->max_ca_cwnd, cwnd);

    if (ti->tcpi_snd_ssthresh < TE_INFINITE_SSTHRESH) {
        uint32_t ssthresh = te_segments_to_bytes(ti->tcpi_snd_ssthresh, ti->tcpi_snd_mss);

        changed |= raise_32(&t->max_ssthresh, ssthresh);
        changed |= lower_32(&t->min_ssthresh, ssthresh);
    }
    return changed;
}

/* Congestion: what is visible as a change of state between two reads. */
static bool merge_congestion(struct te_track *t, const struct te_snapshot *s)
{
    const struct te_tcp_info *ti = &s->info;
    uint32_t cwnd = te_segments_to_bytes(ti->tcpi_snd_cwnd, ti->tcpi_snd_mss);
    uint32_t ca = ti->tcpi_ca_state, was = t->ca_state;
    uint32_t expiries = (uint32_t)te_growth(ti->tcpi_retransmits, t->retransmits);
    bool reduced = ca != was && (ca == TE_CA_CWR || ca == TE_CA_RECOVERY) && was < TE_CA_CWR;
    bool first = !t->cwnd_bytes;
    bool changed = ca != was || ti->tcpi_retransmits != t->retransmits || cwnd != t->cwnd_bytes;

    /* How the connection came into the state in which it is first seen, nobody saw. */
    if (first) {
        was = ca;
        reduced = false;
        expiries = 0;
    }
    if (ca == TE_CA_RECOVERY && was < TE_CA_RECOVERY)
        t->fast_retran++;
    if (ca == TE_CA_LOSS && was == TE_CA_OPEN)
        t->abrupt_timeouts++;
    if (expiries) {
        /* The first of a run is at multiplier one. */
        t->timeouts += !t->retransmits;
        t->subsequent_timeouts += expiries - !t->retransmits;
    }
    t->cong_signals += reduced;
    if (t->cwnd_bytes && (reduced || expiries)) {
        t->pre_cong_sum_cwnd += t->cwnd_bytes;
        t->pre_cong_sum_rtt_us += t->last_rtt_us;
        t->post_cong_pending = 1;
    }
    t->ca_state = ca;
    t->retransmits = ti->tcpi_retransmits;
    t->cwnd_bytes = cwnd;
    return changed;
}

static bool merge_rtt(struct te_track *t, const struct te_snapshot *s)
{
    const struct te_tcp_info *ti = &s->info;
    uint32_t least = ti->tcpi_rtt;

    if (!ti->tcpi_rtt || (ti->tcpi_rtt == t->last_rtt_us && ti->tcpi_rttvar == t->last_rttvar_us))
        return false;
    if (TE_TI_HAS(s, tcpi_min_rtt) && ti->tcpi_min_rtt && ti->tcpi_min_rtt < least)
        least = ti->tcpi_min_rtt;
    raise_32(&t->max_rtt_us, ti->tcpi_rtt);
    lower_32(&t->min_rtt_us, least);
    t->sum_rtt_us += ti->tcpi_rtt;
    t->count_rtt++;
    if (t->post_cong_pending) {
        t->post_cong_sum_rtt_us += ti->tcpi_rtt;
        t->post_cong_count++;
        t->post_cong_pending = 0;
    }
    t->last_rtt_us = ti->tcpi_rtt;
    t->last_rttvar_us = ti->tcpi_rttvar;
    return true;
}

static bool merge_timers_mss_and_rto(struct te_track *t, const struct te_snapshot *s)
{
    bool changed = raise_32(&t->max_rto_us, s->info.tcpi_rto);

    changed |= lower_32(&t->min_rto_us, s->info.tcpi_rto);
    changed |= raise_32(&t->max_mss, s->info.tcpi_snd_mss);
    changed |= lower_32(&t->min_mss, s->info.tcpi_snd_mss);
    changed |= raise_32(&t->total_rto, te_continued(t->total_rto, s->info.tcpi_total_rto));
    changed |= raise_32(&t->total_rto_recoveries,
                        te_continued(t->total_rto_recoveries, s->info.tcpi_total_rto_recoveries));
    return changed;
}

static bool merge_counters(struct te_track *t, const struct te_snapshot *s,
                           const struct te_bytes *b)
{
    bool changed = widen(&t->segs_out, s->info.tcpi_segs_out);

    /* Once a connection begins to close, the kernel drops every pure acknowledgement in the end. */
    if (s->state == TE_ESTABLISHED && s->skmem_count > TE_SKMEM_DROPS)
        changed |= raise_32(&t->soft_errors, s->skmem[TE_SKMEM_DROPS]);
    /* Made of two instants on kernels that do not count it: it could fall by itself. */
    if (!TE_TI_HAS(s, tcpi_bytes_sent))
        changed |= raise_64(&t->data_bytes_out, b->acked + b->in_flight);

    changed |= widen(&t->segs_in, s->info.tcpi_segs_in);
    changed |= widen(&t->data_segs_out, s->info.tcpi_data_segs_out);
    changed |= widen(&t->data_segs_in, s->info.tcpi_data_segs_in);
    return changed;
}

/* What needs the order of time: edges, sums, rates. */
static bool merge_history(struct te_track *t, uint32_t on, const struct te_snapshot *s,
                          const struct te_bytes *b, bool clock)
{
    bool changed = false;

    if (s->time_ns <= t->last_ns)
        return false;
    if (on & ON_SND_CONG)
        changed |= merge_limits(t, s, clock);
    if (on & ON_PATH)
        changed |= merge_congestion(t, s);
    if (on & (ON_PATH | ON_FINE_RTT))
        changed |= merge_rtt(t, s);
    if (on & ON_BANDWIDTH)
        changed |= te_rate_outbound(&t->out, &t->out_mark, s->time_ns, s->info.tcpi_bytes_acked,
                                    s->info.tcpi_delivery_rate, s->info.tcpi_flags & 1);
    if (on & ON_INBOUND && TE_TI_HAS(s, tcpi_bytes_received))
        changed |= te_rate_inbound(&t->in, &t->in_mark, s->time_ns, b->received,
                                   s->info.tcpi_rcv_rtt);
    t->last_ns = s->time_ns;
    return changed;
}

bool te_track_merge(struct te_track *t, uint32_t on, const struct te_snapshot *s,
                    const struct te_bytes *b, bool clock)
{
    bool changed = merge_history(t, on, s, b, clock);

    if (on & ON_DATA)
        changed |= merge_counters(t, s, b);
    if (on & ON_SND_CONG)
        changed |= merge_windows(t, s);
    if (on & ON_PATH)
        changed |= merge_timers_mss_and_rto(t, s);
    if (on & ON_SEND_BUFF) {
        changed |= raise_64(&t->max_retx_queue, b->in_flight);
        changed |= raise_64(&t->max_app_wqueue, b->unsent);
    }
    if (on & ON_REC) {
        changed |= raise_32(&t->max_rwin_sent, te_rwin_sent(s));
        changed |= lower_seen(t, TE_SEEN_RWIN_SENT, &t->min_rwin_sent, te_rwin_sent(s));
        changed |= raise_64(&t->max_app_rqueue, b->unread);
    }
    if ((on & ON_OBS_REC) && TE_TI_HAS(s, tcpi_snd_wnd)) {
        changed |= raise_32(&t->max_rwin_rcvd, s->info.tcpi_snd_wnd);
        changed |= lower_seen(t, TE_SEEN_RWIN_RCVD, &t->min_rwin_rcvd, s->info.tcpi_snd_wnd);
    }
    if (on && t->open == TE_OPEN_UNKNOWN && b->open != TE_OPEN_UNKNOWN &&
        !(b->open & TE_OPEN_GUESSED)) {
        t->open = b->open;
        changed = true;
    }
    return changed;
}

void te_track_fold(struct te_track *t, uint32_t on, const struct te_record_copy *record)
{
    const struct te_record_events *e = &record->events;

    if (on & ON_SND_CONG) {
        raise_32(&t->max_ss_cwnd, e->max_ss_cwnd);
        raise_32(&t->max_ca_cwnd, e->max_ca_cwnd);
        raise_32(&t->max_ssthresh, e->max_ssthresh);
        lower_32(&t->min_ssthresh, e->min_ssthresh);
    }
    if (on & (ON_PATH | ON_FINE_RTT)) {
        raise_32(&t->max_rtt_us, e->max_rtt_us);
        lower_32(&t->min_rtt_us, e->min_rtt_us);
    }
    if (on & ON_PATH) {
        raise_32(&t->max_rto_us, e->max_rto_us);
        lower_32(&t->min_rto_us, e->min_rto_us);
        raise_32(&t->max_mss, e->max_mss);
        lower_32(&t->min_mss, e->min_mss);
    }
    if (on & ON_SEND_BUFF) {
        raise_64(&t->max_retx_queue, e->max_retx_queue);
        raise_64(&t->max_app_wqueue, e->max_app_wqueue);
    }
    if (on & ON_REC) {
        raise_32(&t->max_rwin_sent, e->max_rwin_sent);
        raise_64(&t->max_app_rqueue, e->max_app_rqueue);
        if (e->min_rwin_sent != UINT32_MAX)
            lower_seen(t, TE_SEEN_RWIN_SENT, &t->min_rwin_sent, e->min_rwin_sent);
    }
    if (on & ON_OBS_REC) {
        raise_32(&t->max_rwin_rcvd, e->max_rwin_rcvd);
        if (e->min_rwin_rcvd != UINT32_MAX)
            lower_seen(t, TE_SEEN_RWIN_RCVD, &t->min_rwin_rcvd, e->min_rwin_rcvd);
    }
    if (on & ON_OUTBOUND && record->out.samples)
        t->out = record->out;
    if (on & ON_INBOUND && record->in.samples)
        t->in = record->in;
    if (t->open == TE_OPEN_UNKNOWN && (e->open == TE_OPEN_PASSIVE || e->open == TE_OPEN_ACTIVE))
        t->open = e->open;
}
