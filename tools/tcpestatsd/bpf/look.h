/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A look at the socket: what the kernel has changed since the last one. Done before a segment is
 * processed, when queues and windows that segments shrink are at their largest.
 */
#ifndef COLLECTOR_LOOK_H
#define COLLECTOR_LOOK_H

#include "congestion.h"
#include "limit.h"

#define RAISE(to, value)  \
    do {                  \
        if ((value) > to) \
            to = (value); \
    } while (0)
#define LOWER(to, value)  \
    do {                  \
        if ((value) < to) \
            to = (value); \
    } while (0)
/* Minima for which 0 means none yet. */
#define LOWER_SET(to, value)     \
    do {                         \
        if (!to || (value) < to) \
            to = (value);        \
    } while (0)

/* The egress hook sees every acknowledgement of the connections it is there for. */
static __always_inline bool egress_sees(uint32_t on)
{
    return on & (ON_REC | ON_SEND_BUFF | ON_SND_CONG) && attached & TE_COLLECT_EGRESS;
}

/* SYN and FIN have sequence numbers, but are no data. */
static __always_inline uint32_t unsent_bytes(const struct te_record_sock *s)
{
    uint32_t n = s->write_seq - s->snd_nxt;

    return n ? n - te_is_closing(s->state) : 0;
}

static __always_inline uint32_t unacked_bytes(const struct te_record_sock *s)
{
    uint32_t n = s->snd_nxt - s->snd_una;

    return n - te_own_fin(s->state, s->write_seq != s->snd_nxt, n).in_flight -
           (n && s->state == TE_SYN_SENT);
}

static __always_inline uint32_t unread_bytes(const struct te_record_sock *s)
{
    uint32_t n = s->rcv_nxt - s->copied_seq;

    return n ? n - te_peer_fin(s->state) : 0;
}

static __always_inline void extremes_of_window(struct te_collector_record *r)
{
    struct te_record_events *e = &r->events;
    struct te_record_sock *s = &r->sock;
    uint32_t cwnd = te_segments_to_bytes(s->snd_cwnd, s->mss_cache);
    uint32_t ssthresh = te_segments_to_bytes(s->snd_ssthresh, s->mss_cache);

    if (s->snd_ssthresh < TE_INFINITE_SSTHRESH) {
        RAISE(e->max_ssthresh, ssthresh);
        LOWER_SET(e->min_ssthresh, ssthresh);
    }
    if (s->ca_state == TE_CA_CWR || s->ca_state == TE_CA_RECOVERY)
        return;
    if (s->snd_cwnd < s->snd_ssthresh)
        RAISE(e->max_ss_cwnd, cwnd);
    else
        RAISE(e->max_ca_cwnd, cwnd);
}

/* What the window of the last look has grown to was reached by the rule in force then. */
static __always_inline void window_grown(struct te_collector_record *r, const struct tcp_sock *tp)
{
    uint32_t cwnd = te_segments_to_bytes(tp->snd_cwnd, tp->mss_cache);

    if (ca_state_of(tp) <= TE_CA_DISORDER && r->sock.snd_cwnd < r->sock.snd_ssthresh &&
        !scratch_of(r)->reduced)
        RAISE(r->events.max_ss_cwnd, cwnd);
}

static __always_inline void extremes(struct te_collector_record *r, uint32_t on)
{
    struct te_record_events *e = &r->events;
    struct te_record_sock *s = &r->sock;

    if (on & ON_PATH) {
        RAISE(e->max_rto_us, s->rto_us);
        LOWER_SET(e->min_rto_us, s->rto_us);
        RAISE(e->max_mss, s->mss_cache);
        LOWER_SET(e->min_mss, s->mss_cache);
    }
    if (on & ON_SND_CONG)
        extremes_of_window(r);
    if (on & ON_SEND_BUFF) {
        RAISE(e->max_retx_queue, unacked_bytes(s));
        RAISE(e->max_app_wqueue, unsent_bytes(s));
    }
    if (on & ON_REC) {
        RAISE(e->max_rwin_sent, s->rcv_wnd);
        LOWER(e->min_rwin_sent, s->rcv_wnd);
        RAISE(e->max_app_rqueue, unread_bytes(s));
        RAISE(e->max_reasm_queue, s->ooo_bytes);
    }
    if (on & ON_OBS_REC) {
        RAISE(e->max_rwin_rcvd, s->snd_wnd);
        LOWER(e->min_rwin_rcvd, s->snd_wnd);
    }
}

/*
 * Without the egress hook: acknowledgements without data that were sent while what they acknowledge
 * stood still. Their order among segments with data is not known.
 */
static __always_inline void duplicates_out(struct te_collector_record *r, const struct tcp_sock *tp)
{
    struct scratch *x = scratch_of(r);
    uint32_t data = tp->data_segs_out - r->sock.data_segs_out;
    uint32_t acks = tp->segs_out - r->sock.segs_out - data;
    bool same = tp->rcv_wup - rcv_start_of(tp) == x->rcv_wup;

    if (same && acks && (r->sock.ooo_bytes || waiting_bytes(tp) || x->got_again)) {
        r->events.dup_acks_out += acks;
        if (!x->dup_run || data)
            r->events.dup_ack_episodes++;
        x->dup_run = 1;
    } else if (acks || data || !same) {
        x->dup_run = 0;
    }
}

/* In other states our FIN may be in the sum, or the state may be older than the counters. */
static __always_inline void who_opened(struct te_collector_record *r)
{
    const struct te_record_sock *s = &r->sock;

    if (!r->events.open && (s->state == TE_ESTABLISHED || s->state == TE_CLOSE_WAIT))
        r->events.open = te_open_of(s->bytes_acked, s->snd_nxt - s->snd_una, s->bytes_sent,
                                    s->bytes_retrans, 0);
}

/* What the last acknowledgement sent must have said, for the egress hook to go on from. */
static __always_inline void remember_acked(struct scratch *x, const struct tcp_sock *tp)
{
    x->acked_out = tp->rcv_wup - rcv_start_of(tp);
    x->window_out = tp->rcv_wnd >> (BPF_CORE_READ_BITFIELD(tp, rx_opt.rcv_wscale) & 15);
    if (x->window_out > WINDOW_FIELD_MAX)
        x->window_out = WINDOW_FIELD_MAX;
    x->dup_run = 0;
}

/* In order, so that it must have arrived. A FIN counts as a byte there. */
static __always_inline uint64_t payload_received(const struct tcp_sock *tp)
{
    uint64_t received = tp->bytes_received;

    return received ? received - te_peer_fin(state_of(tp)) : 0;
}

/* What was waiting out of order when counting began, and is in order now. */
static __always_inline void count_waited(struct te_record_events *e, const struct tcp_sock *tp)
{
    uint64_t received = payload_received(tp), counted = e->received_before + e->data_bytes_in;

    if (received > counted)
        e->data_bytes_in += received - counted;
}

/* Classes that have just been enabled begin here; what went before is not theirs. */
static __always_inline void begin(struct te_collector_record *r, const struct tcp_sock *tp,
                                  uint32_t added, uint64_t now)
{
    struct te_record_events *e = &r->events;
    struct scratch *x = scratch_of(r);

    if (added & ON_DATA && payload_received(tp) > e->received_before + e->data_bytes_in)
        e->received_before = payload_received(tp) - e->data_bytes_in;
    if (added & ON_OUTBOUND)
        x->out_mark.ns = 0;
    if (added & ON_INBOUND)
        x->in_mark.ns = 0;
    if (added & (ON_PATH | ON_FINE_RTT)) {
        x->srtt = tp->srtt_us;
        x->mdev = tp->mdev_us;
    }
    if (added & ON_PATH) {
        x->pending = 0;
        x->post_cong = 0;
    }
    if (added & (ON_PATH | ON_REC | ON_SEND_BUFF | ON_SND_CONG))
        remember_acked(x, tp);
    /* Where it could not begin at once, see start(). */
    if (added & ON_SND_CONG) {
        see_window(x, tp);
        limit_begin(r, tp, now);
    }
}

static __always_inline void differences(struct te_collector_record *r, const struct tcp_sock *tp,
                                        uint32_t on, uint64_t now)
{
    struct scratch *x = scratch_of(r);

    if (on & (ON_PATH | ON_FINE_RTT))
        sample_rtt(r, tp);
    if (on & ON_PATH) {
        /* Where the egress hook sees it go, that is known more exactly. */
        if (tp->total_retrans != r->sock.total_retrans && !egress_sees(on))
            x->recover = tp->snd_nxt - snd_start_of(tp);
        if (!(features & TE_COLLECT_CA_SET))
            congestion_guess(r, tp);
        /* There the peer tells how many marks it got, not that it got some. */
        if (has_accurate_ecn(tp))
            r->events.ecn_signals += tp->delivered_ce - r->sock.delivered_ce;
    }
    if (on & ON_SND_CONG) {
        window_moves(r, tp);
        window_grown(r, tp);
        limit_look(r, tp, now);
    }
    if (on & (ON_PATH | ON_REC) && !egress_sees(on))
        duplicates_out(r, tp);
}

static __noinline void look(struct te_collector_record *r, const struct tcp_sock *tp, uint64_t now)
{
    uint32_t on = *(volatile uint32_t *)&r->head.enabled;
    struct scratch *x = scratch_of(r);
    uint32_t added = on & ~x->on;

    if (x->primed)
        differences(r, tp, on & x->on, now);
    else
        x->recover = (uint32_t)tp->bytes_acked;
    if (added)
        begin(r, tp, added, now);
    if (on & ON_DATA)
        count_waited(&r->events, tp);
    x->primed = 1;
    x->on = on;
    x->rcv_wup = tp->rcv_wup - rcv_start_of(tp);
    x->reduced = 0;
    x->rto_cwnd = 0;
    copy_sock(r, tp, now);
    extremes(r, on);
    if (on & (ON_OUTBOUND))
        te_rate_outbound(&r->out, &x->out_mark, now, r->sock.bytes_acked, r->sock.delivery_rate,
                         r->sock.app_limited);
    if (on & ON_INBOUND)
        te_rate_inbound(&r->in, &x->in_mark, now, r->sock.bytes_received, r->sock.rcv_rtt_us);
    who_opened(r);
}

/* When nothing is just being sent. The limits begin before the first look, see start(). */
static __always_inline void look_between(struct te_collector_record *r, const struct tcp_sock *tp,
                                         uint64_t now)
{
    if (!scratch_of(r)->primed && scratch_of(r)->on & ON_SND_CONG)
        limit_look(r, tp, now);
    look(r, tp, now);
}

#endif
