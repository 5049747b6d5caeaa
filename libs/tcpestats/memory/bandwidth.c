/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Bandwidth class: an estimate of the path's rate in each direction, how much the samples
 * scatter, and whether it has stopped growing. Microsoft publishes no algorithm, so this one is
 * ours: an average with weight 1/8, a mean deviation alike, and BBR's rule for a full pipe.
 */
#include "memory/track.h"

/* Shorter intervals than this measure the reader's own rhythm, longer ones the program's pauses. */
#define MIN_INTERVAL_NS 10000000ull
#define MAX_INTERVAL_NS 10000000000ull
#define PLATEAU 3

static void add_sample(struct te_rate *r, uint64_t bps)
{
    uint64_t away = bps > r->bandwidth ? bps - r->bandwidth : r->bandwidth - bps;

    if (!r->samples) {
        r->bandwidth = bps;
    } else {
        r->bandwidth += (int64_t)(bps - r->bandwidth) / 8;
        r->instability += (int64_t)(away - r->instability) / 8;
    }
    if (r->samples < UINT32_MAX)
        r->samples++;

    if (r->bandwidth > r->best + r->best / 4) {
        r->best = r->bandwidth;
        r->plateau = 0;
    } else if (r->plateau < PLATEAU) {
        r->plateau++;
    }
}

/* What no path can carry stands for what is out of range: no reply may overflow the conversion. */
static uint64_t rate_of(double bps)
{
    return bps < (double)INT64_MAX ? (uint64_t)bps : INT64_MAX;
}

/* The kernel measures deliveries itself; a rate that the program's own pace held down tells nothing
 * about the path, unless it is above what we believe. */
bool te_rate_outbound(struct te_rate *r, const struct te_snapshot *s)
{
    uint64_t bps = s->info.tcpi_delivery_rate * 8;
    bool app_limited = s->info.tcpi_flags & 1;

    if (!TE_TI_HAS(s, tcpi_delivery_rate) || !bps)
        return false;
    /* One sample for each advance of the acknowledgements, and not more often than that. */
    if (r->mark_ns &&
        (s->info.tcpi_bytes_acked <= r->mark_bytes || s->time_ns < r->mark_ns + MIN_INTERVAL_NS))
        return false;
    if (app_limited && r->samples && bps <= r->bandwidth)
        return false;
    r->mark_ns = s->time_ns;
    r->mark_bytes = s->info.tcpi_bytes_acked;
    add_sample(r, bps);
    return true;
}

bool te_rate_inbound(struct te_rate *r, const struct te_snapshot *s, const struct te_bytes *b)
{
    uint64_t least = (uint64_t)s->info.tcpi_rcv_rtt * 1000;
    uint64_t took = s->time_ns - r->mark_ns;

    if (!TE_TI_HAS(s, tcpi_bytes_received))
        return false;
    if (least < MIN_INTERVAL_NS)
        least = MIN_INTERVAL_NS;
    if (r->mark_ns && (s->time_ns <= r->mark_ns || took < least || b->received <= r->mark_bytes))
        return false;
    if (r->mark_ns && took <= MAX_INTERVAL_NS)
        add_sample(r, rate_of((b->received - r->mark_bytes) * 8e9 / took));
    r->mark_ns = s->time_ns;
    r->mark_bytes = b->received;
    return true;
}

bool te_rate_peaked(const struct te_rate *r)
{
    return r->plateau >= PLATEAU;
}
