/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "kernel/bytes.h"

/* How far a coarse kernel clock (HZ = 100) may lag, in ms. */
#define TICK_MS 10

static struct te_own_fin own_fin(const struct te_snapshot *s)
{
    return te_own_fin(s->state, s->info.tcpi_notsent_bytes, s->info.tcpi_unacked);
}

static uint32_t open_given(const struct te_snapshot *s, uint64_t in_flight)
{
    struct te_own_fin fin = own_fin(s);

    if (!TE_TI_HAS(s, tcpi_bytes_retrans))
        return TE_OPEN_UNKNOWN;
    return te_open_of(s->info.tcpi_bytes_acked, in_flight, s->info.tcpi_bytes_sent,
                      s->info.tcpi_bytes_retrans, fin.acked + fin.in_flight);
}

static uint32_t open_of_one(const struct te_snapshot *s)
{
    if (s->state == TE_SYN_SENT)
        return TE_OPEN_ACTIVE;
    if (s->whole)
        return open_given(s, te_growth(s->wqueue, s->info.tcpi_notsent_bytes));
    return s->info.tcpi_unacked ? TE_OPEN_UNKNOWN : open_given(s, 0);
}

uint32_t te_bytes_open_of_pair(const struct te_snapshot *first, const struct te_snapshot *second)
{
    const struct te_tcp_info *a = &first->info, *b = &second->info;

    if (first->cookie != second->cookie || first->state != second->state ||
        a->tcpi_bytes_acked != b->tcpi_bytes_acked || a->tcpi_bytes_sent != b->tcpi_bytes_sent ||
        a->tcpi_notsent_bytes != b->tcpi_notsent_bytes || a->tcpi_unacked != b->tcpi_unacked)
        return TE_OPEN_UNKNOWN;
    return open_given(second, te_growth(second->wqueue, b->tcpi_notsent_bytes));
}

/*
 * Sequence numbers in flight, FIN included. Once the opener is certain the locked counters give
 * them for one instant; they are believed while they agree with "something is in flight", which
 * local drops break. Else the queue length, from a little earlier, clamped the same way.
 */
static uint64_t seq_in_flight(const struct te_snapshot *s, uint32_t open, bool *torn)
{
    struct te_own_fin fin = own_fin(s);
    int64_t exact;

    if (!s->info.tcpi_unacked)
        return 0;
    if (s->whole)
        return te_growth(s->wqueue, s->info.tcpi_notsent_bytes);
    if (open != TE_OPEN_UNKNOWN && TE_TI_HAS(s, tcpi_bytes_retrans)) {
        exact = (int64_t)(s->info.tcpi_bytes_sent - s->info.tcpi_bytes_retrans +
                          (open == TE_OPEN_ACTIVE) + fin.acked + fin.in_flight -
                          s->info.tcpi_bytes_acked);
        /* A segment carries at most 64 KiB; more than that for each means local drops. */
        if (exact > 0 && exact <= (int64_t)s->info.tcpi_unacked * 65536)
            return (uint64_t)exact;
    }
    if (!TE_TI_HAS(s, tcpi_notsent_bytes))
        return (uint64_t)s->info.tcpi_unacked * s->info.tcpi_snd_mss;
    if (s->wqueue > s->info.tcpi_notsent_bytes)
        return s->wqueue - s->info.tcpi_notsent_bytes;
    /* All but the last are full segments, more often than not. */
    *torn = true;
    return (uint64_t)(s->info.tcpi_unacked - 1) * s->info.tcpi_snd_mss + 1;
}

void te_bytes_compute(const struct te_snapshot *s, uint32_t known, struct te_bytes *b)
{
    struct te_own_fin fin = own_fin(s);
    uint64_t in_flight;

    memset(b, 0, sizeof(*b));
    b->open = known != TE_OPEN_UNKNOWN ? known : open_of_one(s);

    b->acked = te_growth(s->info.tcpi_bytes_acked, (b->open != TE_OPEN_PASSIVE) + fin.acked);
    b->received = te_growth(s->info.tcpi_bytes_received, te_peer_fin(s->state));

    in_flight = seq_in_flight(s, b->open, &b->torn);
    b->in_flight = te_growth(in_flight, fin.in_flight + (s->state == TE_SYN_SENT));

    b->unsent = TE_TI_HAS(s, tcpi_notsent_bytes) ? s->info.tcpi_notsent_bytes
                                                 : te_growth(s->wqueue, in_flight);
    b->unsent = te_growth(b->unsent, te_is_closing(s->state));
    /* The kernel's own SIOCINQ takes an unread FIN off in the same way. */
    b->unread = te_growth(s->rqueue, te_peer_fin(s->state));

    b->snd_una = (uint32_t)s->info.tcpi_bytes_acked + (b->open == TE_OPEN_PASSIVE);
    b->snd_nxt = b->snd_una + (uint32_t)in_flight;
    b->rcv_nxt = (uint32_t)s->info.tcpi_bytes_received + (s->state != TE_SYN_SENT);
}

bool te_bytes_settled(const struct te_snapshot *s)
{
    uint64_t window_ms = s->query_ns / 1000000 + TICK_MS;

    if (s->whole)
        return true;
    /* Nothing more can arrive that would be counted. */
    if (te_peer_fin(s->state) && s->state != TE_CLOSE_WAIT)
        return true;
    return s->info.tcpi_last_ack_recv > window_ms && s->info.tcpi_last_data_recv > window_ms;
}
