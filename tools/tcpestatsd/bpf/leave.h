/* SPDX-License-Identifier: GPL-2.0 */
/* A segment leaves: what it offers and acknowledges, before snd_nxt has moved over it. */
#ifndef COLLECTOR_LEAVE_H
#define COLLECTOR_LEAVE_H

#include "header.h"
#include "look.h"

/*
 * Says once more what the last acknowledgement said, while something is missing or came twice; a
 * change of the window alone is none, unless SACK blocks show that it is not alone.
 */
static __always_inline bool repeats(const struct scratch *x, const struct tcp_sock *tp,
                                    const struct segment *s)
{
    return !s->payload && !(s->flags & (FLAG_SYN | FLAG_FIN | FLAG_RST)) &&
           s->ack - rcv_start_of(tp) == x->acked_out &&
           (s->blocks ||
            (s->window == x->window_out && (tp->out_of_order_queue.rb_node || x->got_again)));
}

static __always_inline void acknowledge(struct te_collector_record *r, const struct tcp_sock *tp,
                                        const struct segment *s)
{
    struct te_record_events *e = &r->events;
    struct scratch *x = scratch_of(r);
    uint32_t scale = s->flags & FLAG_SYN ? 0 : BPF_CORE_READ_BITFIELD(tp, rx_opt.rcv_wscale);
    uint32_t window = (uint32_t)s->window << (scale & 15);
    bool dup = repeats(x, tp, s);

    if (dup) {
        e->dup_acks_out++;
        if (!x->dup_run)
            e->dup_ack_episodes++;
    }
    x->dup_run = dup;
    x->acked_out = s->ack - rcv_start_of(tp);
    x->window_out = s->window;
    RAISE(e->max_rwin_sent, window);
    LOWER(e->min_rwin_sent, window);
}

static __always_inline void queue_out(struct te_collector_record *r, const struct tcp_sock *tp)
{
    uint32_t unsent = tp->write_seq - tp->snd_nxt;

    if (unsent && state_of(tp) != TE_ESTABLISHED && state_of(tp) != TE_CLOSE_WAIT)
        unsent--;
    RAISE(r->events.max_app_wqueue, unsent);
}

/* The wait until now was under the old limit. What is sent again moves nothing on. */
static __always_inline void limits_out(struct te_collector_record *r, const struct tcp_sock *tp,
                                       const struct segment *s, uint64_t now)
{
    uint32_t nxt = tp->snd_nxt, packets = tp->packets_out, limit;

    if (before(nxt, s->seq + s->payload)) {
        nxt = s->seq + s->payload;
        packets += s->segs;
    }
    limit_book(r, tp, r->events.limit, now);
    limit = limit_at(tp, nxt, packets);
    if (limit != FREE)
        limit_enter(r, limit);
}

static __always_inline void leave(struct te_collector_record *r, const struct tcp_sock *tp,
                                  const struct segment *s, uint64_t now)
{
    uint32_t on = *(volatile uint32_t *)&r->head.enabled;
    struct scratch *x = scratch_of(r);

    if (!egress_sees(on))
        return;
    if (on & ~x->on)
        look(r, tp, now);
    if (on & (ON_REC | ON_PATH) && s->flags & FLAG_ACK)
        acknowledge(r, tp, s);
    if (!s->payload)
        return;
    if (before(s->seq, tp->snd_nxt))
        x->recover = tp->snd_nxt - snd_start_of(tp);
    if (on & ON_SEND_BUFF)
        queue_out(r, tp);
    if (on & ON_SND_CONG) {
        if (features & TE_COLLECT_CA_SET)
            other_reduction(r, tp, ca_state_of(tp), tp->snd_cwnd);
        limits_out(r, tp, s, now);
    }
}

#endif
