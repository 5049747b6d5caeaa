/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "kernel/bytes.h"

/* How far a coarse kernel clock (HZ = 100) may lag, in ms. */
#define TICK_MS 10

static bool we_closed(uint8_t state)
{
    return state == TE_FIN_WAIT1 || state == TE_CLOSING || state == TE_LAST_ACK;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* Sequence numbers that our FIN takes among those acknowledged and those in flight. */
static void own_fin(const struct te_snapshot *s, unsigned *acked, unsigned *in_flight)
{
    *acked = s->state == TE_FIN_WAIT2;
    *in_flight = 0;
    if (we_closed(s->state) && !s->info.tcpi_notsent_bytes) {
        if (s->info.tcpi_unacked)
            *in_flight = 1;
        else
            *acked = 1;
    }
}

unsigned te_bytes_peer_fin(const struct te_snapshot *s)
{
    return s->state == TE_CLOSE_WAIT || s->state == TE_LAST_ACK || s->state == TE_CLOSING;
}

/* The arithmetic of bytes.h, with FIN taken off on both sides. */
static uint32_t open_given(const struct te_snapshot *s, uint64_t in_flight)
{
    unsigned fin_acked, fin_flying;
    int64_t syn;

    if (!TE_TI_HAS(s, tcpi_bytes_retrans))
        return TE_OPEN_UNKNOWN;
    own_fin(s, &fin_acked, &fin_flying);
    syn = (int64_t)(s->info.tcpi_bytes_acked + in_flight - fin_acked - fin_flying -
                    (s->info.tcpi_bytes_sent - s->info.tcpi_bytes_retrans));
    if (syn == 0)
        return TE_OPEN_PASSIVE;
    return syn == 1 ? TE_OPEN_ACTIVE : TE_OPEN_UNKNOWN;
}

static uint32_t open_of_one(const struct te_snapshot *s)
{
    if (s->state == TE_SYN_SENT)
        return TE_OPEN_ACTIVE;
    if (s->whole)
        return open_given(s, minus(s->wqueue, s->info.tcpi_notsent_bytes));
    return s->info.tcpi_unacked ? TE_OPEN_UNKNOWN : open_given(s, 0);
}

uint32_t te_bytes_open_of_pair(const struct te_snapshot *first, const struct te_snapshot *second)
{
    const struct te_tcp_info *a = &first->info, *b = &second->info;

    if (first->cookie != second->cookie || first->state != second->state ||
        a->tcpi_bytes_acked != b->tcpi_bytes_acked || a->tcpi_bytes_sent != b->tcpi_bytes_sent ||
        a->tcpi_notsent_bytes != b->tcpi_notsent_bytes || a->tcpi_unacked != b->tcpi_unacked)
        return TE_OPEN_UNKNOWN;
    return open_given(second, minus(second->wqueue, b->tcpi_notsent_bytes));
}

/*
 * Sequence numbers in flight, FIN included. Once the opener is certain the locked counters give
 * them for one instant; they are believed while they agree with "something is in flight", which
 * local drops break. Else the queue length, from a little earlier, clamped the same way.
 */
static uint64_t seq_in_flight(const struct te_snapshot *s, uint32_t open, bool *torn)
{
    unsigned fin_acked, fin_flying;
    int64_t exact;

    if (!s->info.tcpi_unacked)
        return 0;
    if (s->whole)
        return minus(s->wqueue, s->info.tcpi_notsent_bytes);
    own_fin(s, &fin_acked, &fin_flying);
    if (open != TE_OPEN_UNKNOWN && TE_TI_HAS(s, tcpi_bytes_retrans)) {
        exact = (int64_t)(s->info.tcpi_bytes_sent - s->info.tcpi_bytes_retrans +
                          (open == TE_OPEN_ACTIVE) + fin_acked + fin_flying -
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
    unsigned fin_acked, fin_flying;
    uint64_t in_flight;

    memset(b, 0, sizeof(*b));
    b->open = known != TE_OPEN_UNKNOWN ? known : open_of_one(s);
    own_fin(s, &fin_acked, &fin_flying);

    b->acked = minus(s->info.tcpi_bytes_acked, (b->open != TE_OPEN_PASSIVE) + fin_acked);
    b->received = minus(s->info.tcpi_bytes_received, te_bytes_peer_fin(s));

    in_flight = seq_in_flight(s, b->open, &b->torn);
    b->in_flight = minus(in_flight, fin_flying + (s->state == TE_SYN_SENT));

    b->unsent = TE_TI_HAS(s, tcpi_notsent_bytes) ? s->info.tcpi_notsent_bytes
                                                 : minus(s->wqueue, in_flight);
    if (we_closed(s->state))
        b->unsent = minus(b->unsent, 1);
    /* The kernel's own SIOCINQ takes an unread FIN off in the same way. */
    b->unread = minus(s->rqueue, te_bytes_peer_fin(s));

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
    if (te_bytes_peer_fin(s) && s->state != TE_CLOSE_WAIT)
        return true;
    return s->info.tcpi_last_ack_recv > window_ms && s->info.tcpi_last_data_recv > window_ms;
}
