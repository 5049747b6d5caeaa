/* SPDX-License-Identifier: GPL-2.0 */
/* Path: round-trip samples, congestion signals, timeouts. */
#ifndef COLLECTOR_CONGESTION_H
#define COLLECTOR_CONGESTION_H

#include "copy.h"

/*
 * The kernel smooths srtt += m - srtt / 8 (all in eighths), which can be turned round; and it takes
 * at most one sample for a segment that arrives. One that changes neither srtt nor mdev is missed.
 */
static __always_inline void sample_rtt(struct te_collector_record *r, const struct tcp_sock *tp)
{
    struct te_record_events *e = &r->events;
    struct scratch *x = scratch_of(r);
    uint32_t srtt = tp->srtt_us, mdev = tp->mdev_us, m;

    if (srtt == x->srtt && mdev == x->mdev)
        return;
    m = x->srtt ? srtt - x->srtt + (x->srtt >> 3) : srtt >> 3;
    x->srtt = srtt;
    x->mdev = mdev;
    if (!srtt || (int32_t)m < 0)
        return;
    if (!m)
        m = 1;
    e->sample_rtt_us = m;
    e->sum_rtt_us += m;
    e->count_rtt++;
    if (m > e->max_rtt_us)
        e->max_rtt_us = m;
    if (!e->min_rtt_us || m < e->min_rtt_us)
        e->min_rtt_us = m;
    if (x->post_cong) {
        x->post_cong = 0;
        e->post_cong_sum_rtt_us += m;
        e->post_cong_count++;
    }
}

static __always_inline void signals(struct te_collector_record *r, uint64_t cwnd, uint32_t mss,
                                    uint32_t n)
{
    r->events.cong_signals += n;
    r->events.pre_cong_sum_cwnd += cwnd * mss * n;
    r->events.pre_cong_sum_rtt_us += (uint64_t)r->events.sample_rtt_us * n;
    scratch_of(r)->post_cong = 1;
}

static __always_inline void signal(struct te_collector_record *r, uint64_t cwnd, uint32_t mss)
{
    signals(r, cwnd, mss, 1);
}

static __always_inline void timeout(struct te_collector_record *r, uint32_t again, uint32_t old)
{
    if (again) {
        r->events.subsequent_timeouts++;
    } else {
        r->events.timeouts++;
        if (old == TE_CA_OPEN)
            r->events.abrupt_timeouts++;
    }
}

static __always_inline uint32_t in_flight(const struct tcp_sock *tp)
{
    return tp->packets_out - tp->sacked_out - tp->lost_out + tp->retrans_out;
}

/*
 * The state is about to be set to Loss. A timeout has just left one segment more than is in flight;
 * a smaller MTU of the path leaves the window alone and is no signal.
 */
static __always_inline void enter_loss(struct te_collector_record *r, const struct tcp_sock *tp,
                                       uint32_t old)
{
    struct scratch *x = scratch_of(r);
    uint32_t cwnd = x->rto_cwnd ? x->rto_cwnd : r->sock.snd_cwnd;

    x->by_timeout = tp->snd_cwnd == in_flight(tp) + 1;
    if (!x->by_timeout)
        return;
    timeout(r, tp->inet_conn.icsk_backoff, old);
    signal(r, old <= TE_CA_DISORDER ? tp->prior_cwnd : cwnd, tp->mss_cache);
    x->rto_cwnd = tp->snd_cwnd;
}

/* A mark that the peer has told of, by ECE or by its counter. */
static __always_inline bool is_marked(struct te_collector_record *r, const struct tcp_sock *tp)
{
    return scratch_of(r)->ece || (has_accurate_ecn(tp) && tp->delivered_ce != r->sock.delivered_ce);
}

/* Reduced without a mark and without a probe for the tail: a local queue is full. */
static __always_inline void enter_cwr(struct te_collector_record *r, const struct tcp_sock *tp,
                                      uint32_t old)
{
    if (!is_marked(r, tp) && !scratch_of(r)->tlp)
        r->events.send_stall++;
    if (old < TE_CA_CWR)
        signal(r, tp->snd_cwnd, tp->mss_cache);
}

static __always_inline void enter_recovery(struct te_collector_record *r, const struct tcp_sock *tp,
                                           uint32_t old)
{
    r->events.fast_retran++;
    if (old < TE_CA_CWR)
        signal(r, tp->snd_cwnd, tp->mss_cache);
}

/* tcp_undo_cwnd_reduction() has cleared the marker before the state is set. */
static __always_inline void leave_loss(struct te_collector_record *r, const struct tcp_sock *tp)
{
    if (scratch_of(r)->by_timeout && !tp->undo_marker)
        r->events.spurious_rto++;
}

static __always_inline void see_window(struct scratch *x, const struct tcp_sock *tp)
{
    x->cwnd = tp->snd_cwnd;
    x->cwnd_stamp = tp->snd_cwnd_stamp;
    x->falling = 0;
}

/*
 * A fall of the window, to cwnd, that no congestion made? While the congestion state is low each
 * is one. Else, and until the segment that changed the state is done with, falls are the state's
 * own; but the one after an idle time, which can follow unseen, sets snd_cwnd_stamp to a time that
 * is later by more than a tick.
 */
static __always_inline void other_reduction(struct te_collector_record *r,
                                            const struct tcp_sock *tp, uint32_t ca, uint32_t cwnd)
{
    struct scratch *x = scratch_of(r);

    if (cwnd < x->cwnd && ((ca <= TE_CA_DISORDER && !x->falling) ||
                           (int32_t)(tp->snd_cwnd_stamp - x->cwnd_stamp) > 1))
        r->events.other_reductions++;
    see_window(x, tp);
}

/* A timeout has set the window already, an end of recovery has yet to. */
static __always_inline void window_changes_state(struct te_collector_record *r,
                                                 const struct tcp_sock *tp, uint32_t old,
                                                 uint32_t to)
{
    struct scratch *x = scratch_of(r);

    if (old <= TE_CA_DISORDER)
        other_reduction(r, tp, old,
                        to == TE_CA_LOSS && x->by_timeout ? tp->prior_cwnd : tp->snd_cwnd);
    if (old <= TE_CA_DISORDER && to <= TE_CA_DISORDER)
        return;
    x->cwnd = tp->snd_cwnd;
    x->cwnd_stamp = (uint32_t)bpf_jiffies64();
    x->falling = 1;
}

static __always_inline void congestion_event(struct te_collector_record *r,
                                             const struct tcp_sock *tp, uint32_t old, uint32_t to)
{
    scratch_of(r)->reduced |= to >= TE_CA_CWR || old >= TE_CA_CWR;
    if (to == TE_CA_LOSS)
        enter_loss(r, tp, old);
    else if (to == TE_CA_RECOVERY)
        enter_recovery(r, tp, old);
    else if (to == TE_CA_CWR)
        enter_cwr(r, tp, old);
    else if (to == TE_CA_OPEN && old == TE_CA_LOSS)
        leave_loss(r, tp);
    window_changes_state(r, tp, old, to);
}

/* Kernels without the tracepoint: what a segment's arrival shows of what happened since the last.
 */
static __always_inline void congestion_guess(struct te_collector_record *r,
                                             const struct tcp_sock *tp)
{
    uint32_t old = r->sock.ca_state, now = ca_state_of(tp);
    uint32_t was = r->sock.retransmits, n = tp->inet_conn.icsk_retransmits;

    if (n > was) {
        timeout(r, was, old);
        r->events.subsequent_timeouts += n - was - 1;
        signals(r, r->sock.snd_cwnd, tp->mss_cache, n - was);
        scratch_of(r)->by_timeout = 1;
    }
    if (old == now)
        return;
    scratch_of(r)->reduced |= now >= TE_CA_CWR || old >= TE_CA_CWR;
    if (now == TE_CA_RECOVERY)
        enter_recovery(r, tp, old);
    else if (now == TE_CA_CWR)
        enter_cwr(r, tp, old);
    else if (now == TE_CA_OPEN && old == TE_CA_LOSS)
        leave_loss(r, tp);
}

/* A growth of the window is counted by the rule it followed; undoing a reduction is no growth. */
static __always_inline void window_moves(struct te_collector_record *r, const struct tcp_sock *tp)
{
    struct te_record_sock *s = &r->sock;
    uint32_t cwnd = tp->snd_cwnd, ca = ca_state_of(tp), old = s->ca_state;
    bool growing = old <= TE_CA_DISORDER && ca <= TE_CA_DISORDER && !scratch_of(r)->reduced;

    if (old == TE_CA_LOSS && (ca == TE_CA_LOSS || ca <= TE_CA_DISORDER) &&
        tp->snd_ssthresh == s->snd_ssthresh)
        growing = !scratch_of(r)->rto_cwnd || cwnd > scratch_of(r)->rto_cwnd;
    if (cwnd > s->snd_cwnd && growing) {
        if (s->snd_cwnd < s->snd_ssthresh)
            r->events.slow_start++;
        else
            r->events.cong_avoid++;
    }
    if (features & TE_COLLECT_CA_SET)
        other_reduction(r, tp, ca, cwnd);
    else if (cwnd < s->snd_cwnd && old <= TE_CA_DISORDER && ca <= TE_CA_DISORDER &&
             !scratch_of(r)->reduced)
        r->events.other_reductions++;
}

#endif
