/* SPDX-License-Identifier: GPL-2.0 */
/* A segment arrives: what it says, before the kernel has looked at it. */
#ifndef COLLECTOR_ARRIVE_H
#define COLLECTOR_ARRIVE_H

#include "header.h"
#include "look.h"

/* TCP_SOFT_ERROR of Windows */
enum { BELOW_DATA = 1, ABOVE_DATA, BELOW_ACK, ABOVE_ACK, BELOW_TS, ABOVE_TS, BAD_CHECKSUM };

static __always_inline void soft_error(struct te_record_events *e, uint32_t reason, uint32_t n)
{
    e->soft_errors += n;
    e->soft_error_reason = reason;
}

static __always_inline uint32_t window_of(const struct tcp_sock *tp, const struct segment *s)
{
    return (uint32_t)s->window << (BPF_CORE_READ_BITFIELD(tp, rx_opt.snd_wscale) & 15);
}

/*
 * Will the socket discard it for its timestamp, before it looks at anything else (RFC 7323, 5.3)? A
 * pure acknowledgement that says nothing new is let pass, and so is one tick.
 */
static __always_inline bool is_stale(const struct tcp_sock *tp, const struct segment *s)
{
    bool repeats = !s->payload && !(s->flags & FLAG_FIN) && s->seq == tp->rcv_nxt &&
                   s->ack == tp->snd_una && window_of(tp, s) <= tp->snd_wnd;

    return s->has_ts && BPF_CORE_READ_BITFIELD(tp, rx_opt.tstamp_ok) &&
           !(s->flags & (FLAG_SYN | FLAG_RST)) && before(s->ts_val + 1, tp->rx_opt.ts_recent) &&
           !repeats;
}

/* The reason why the socket will discard the segment unheard, or 0. */
static __always_inline uint32_t why_discarded(const struct tcp_sock *tp, const struct segment *s)
{
    if (is_stale(tp, s))
        return BELOW_TS;
    return before(s->seq + s->payload, tp->rcv_wup) ? BELOW_DATA : 0;
}

static __always_inline void check_ack(struct te_record_events *e, const struct tcp_sock *tp,
                                      const struct segment *s)
{
    if (before(tp->snd_nxt, s->ack))
        soft_error(e, ABOVE_ACK, s->segs);
    else if (before(s->ack, tp->snd_una))
        soft_error(e, BELOW_ACK, s->segs);
}

static __always_inline void check_data(struct te_record_events *e, const struct tcp_sock *tp,
                                       const struct segment *s)
{
    uint32_t next = tp->rcv_nxt, edge = tp->rcv_wup + tp->rcv_wnd;

    if (!before(next, s->seq + s->payload)) {
        soft_error(e, BELOW_DATA, s->segs);
        return;
    }
    if (before(edge, next))
        edge = next;
    /* Several that arrived as one: how many of them are old? */
    if (before(s->seq, next) && s->gso_size && next - s->seq >= s->gso_size)
        soft_error(e, BELOW_DATA, (next - s->seq) / s->gso_size);
    if (!before(s->seq, edge))
        soft_error(e, ABOVE_DATA, s->segs);
}

/* RFC 5681; with SACK blocks in it, whatever the window does. */
static __always_inline bool is_duplicate(const struct tcp_sock *tp, const struct segment *s)
{
    if (s->payload || s->flags & (FLAG_SYN | FLAG_FIN | FLAG_RST) || s->ack != tp->snd_una ||
        tp->snd_una == tp->snd_nxt)
        return false;
    if (s->blocks || !s->known)
        return true;
    return window_of(tp, s) == tp->snd_wnd;
}

/* An advance ends what duplicates have announced: with nothing sent again, it was reordering. */
static __always_inline void end_episode(struct te_collector_record *r, const struct tcp_sock *tp,
                                        uint32_t ack)
{
    struct scratch *x = scratch_of(r);

    if (tp->total_retrans == x->pending_retrans && !before((uint32_t)tp->bytes_acked, x->recover)) {
        r->events.non_recov_da += x->pending;
        r->events.non_recov_da_episodes++;
        r->events.sum_bytes_reordered += ack - tp->snd_una;
    }
    x->pending = 0;
}

/* What the socket hears. */
static __always_inline void path_in(struct te_collector_record *r, const struct tcp_sock *tp,
                                    const struct segment *s)
{
    struct scratch *x = scratch_of(r);

    if (is_duplicate(tp, s)) {
        r->events.dup_acks_in += s->segs;
        if (!x->pending)
            x->pending_retrans = tp->total_retrans;
        x->pending += s->segs;
    } else if (x->pending && before(tp->snd_una, s->ack) && !before(tp->snd_nxt, s->ack)) {
        end_episode(r, tp, s->ack);
    }
}

/* What arrives, whether it is heard or not. */
static __always_inline void count_in(struct te_collector_record *r, const struct segment *s,
                                     uint32_t on)
{
    struct te_record_events *e = &r->events;

    if (on & ON_DATA)
        e->data_bytes_in += s->payload;
    if (on & (ON_PATH | ON_REC) && s->ce)
        e->ce_rcvd += s->segs;
    if (!(on & ON_PATH))
        return;
    if (s->blocks) {
        e->sacks_rcvd += s->segs;
        e->sack_blocks_rcvd += s->segs * s->blocks;
    }
    if (scratch_of(r)->ece)
        e->ecn_signals += s->segs;
}

static __always_inline void arrive(struct te_collector_record *r, const struct tcp_sock *tp,
                                   const struct segment *s)
{
    uint32_t on = scratch_of(r)->on, why = why_discarded(tp, s);
    struct scratch *x = scratch_of(r);

    /* With accurate ECN that bit is part of a counter of marks, which differences() goes by. */
    x->ece = s->flags & FLAG_ECE && !(s->flags & FLAG_SYN) && !(tp->ecn_flags & ECN_MODE_ACCECN);
    x->tlp = tp->tlp_high_seq != 0;
    count_in(r, s, on);
    if (why) {
        x->got_again |= s->payload != 0;
        if (on & ON_DATA)
            soft_error(&r->events, why, s->segs);
        return;
    }
    if (s->payload)
        x->got_again = !before(tp->rcv_nxt, s->seq + s->payload);
    if (on & ON_DATA) {
        if (s->flags & FLAG_ACK)
            check_ack(&r->events, tp, s);
        if (s->payload)
            check_data(&r->events, tp, s);
    }
    if (on & ON_PATH)
        path_in(r, tp, s);
}

#endif
