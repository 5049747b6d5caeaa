/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SndCong: what keeps the sender from sending more. Linux tells that only in part (chrono_stat), so
 * it is worked out from the queues each time something may have changed.
 */
#ifndef COLLECTOR_LIMIT_H
#define COLLECTOR_LIMIT_H

#include "copy.h"

/* enum te_limit + 1; FREE: nothing holds it, it is in the middle of sending. */
enum {
    FREE = 0,
    BY_RECEIVER = TE_LIMIT_RWIN + 1,
    BY_CWND = TE_LIMIT_CWND + 1,
    BY_SENDER = TE_LIMIT_SND + 1
};

/* As it will stand with snd_nxt and packets_out. */
static __always_inline uint32_t limit_at(const struct tcp_sock *tp, uint32_t snd_nxt,
                                         uint32_t packets_out)
{
    uint32_t unsent = tp->write_seq - snd_nxt, mss = tp->mss_cache;
    uint32_t next = snd_nxt + (unsent < mss ? unsent : mss);
    const struct te_sending sending = {
        .unsent = unsent,
        .retransmits = tp->inet_conn.icsk_retransmits,
        .packets_out = packets_out,
        .retrans_out = tp->retrans_out,
        .sacked_out = tp->sacked_out,
        .lost_out = tp->lost_out,
        .snd_cwnd = tp->snd_cwnd,
        .window_is_full = before(tp->snd_una + tp->snd_wnd, next),
    };

    return te_limit_of(&sending);
}

/* Data that may go but does not: paced or waiting for a fuller segment, or held back by Nagle. */
static __always_inline uint32_t limit_now(const struct tcp_sock *tp)
{
    uint32_t limit = limit_at(tp, tp->snd_nxt, tp->packets_out);

    if (limit != FREE)
        return limit;
    return tp->write_seq - tp->snd_nxt < tp->mss_cache ? BY_SENDER : BY_CWND;
}

/* Books time and bytes up to now: under `held`, which has held since the last time. */
static __always_inline void limit_book(struct te_collector_record *r, const struct tcp_sock *tp,
                                       uint32_t held, uint64_t now)
{
    struct te_record_events *e = &r->events;
    uint64_t sent = tp->bytes_sent;
    uint32_t i = (held - 1) & 3;

    if (i < TE_RECORD_LIMITS) {
        e->limit_ns[i] += now - e->limit_since_ns;
        e->limit_bytes[i] += sent - scratch_of(r)->limit_sent;
    }
    e->limit_since_ns = now;
    scratch_of(r)->limit_sent = sent;
}

static __always_inline void limit_enter(struct te_collector_record *r, uint32_t limit)
{
    uint32_t i = (limit - 1) & 3;

    if (r->events.limit == limit)
        return;
    r->events.limit = limit;
    if (i < TE_RECORD_LIMITS)
        r->events.limit_trans[i]++;
}

static __always_inline void limit_begin(struct te_collector_record *r, const struct tcp_sock *tp,
                                        uint64_t now)
{
    r->events.limit_since_ns = now;
    scratch_of(r)->limit_sent = tp->bytes_sent;
    limit_enter(r, limit_now(tp));
}

/* Nothing has been sent since the last look, so the present state has held since then. */
static __always_inline void limit_look(struct te_collector_record *r, const struct tcp_sock *tp,
                                       uint64_t now)
{
    uint32_t limit = limit_now(tp);

    limit_book(r, tp, limit, now);
    limit_enter(r, limit);
}

#endif
