/* SPDX-License-Identifier: GPL-2.0 */
/* Bandwidth: the estimate of libs/tcpestats/memory/bandwidth.c, with a sample at every chance. */
#ifndef COLLECTOR_RATE_H
#define COLLECTOR_RATE_H

#include "copy.h"

#define MIN_INTERVAL_NS 10000000ull
#define MAX_INTERVAL_NS 10000000000ull
#define PLATEAU 3

/* a moved an eighth of the way to b */
static __always_inline uint64_t towards(uint64_t a, uint64_t b)
{
    return b > a ? a + (b - a) / 8 : a - (a - b) / 8;
}

static __always_inline void rate_add(struct te_record_rate *r, uint64_t bps)
{
    uint64_t away = bps > r->bandwidth ? bps - r->bandwidth : r->bandwidth - bps;

    if (!r->samples) {
        r->bandwidth = bps;
    } else {
        r->bandwidth = towards(r->bandwidth, bps);
        r->instability = towards(r->instability, away);
    }
    if (r->samples < ~0u)
        r->samples++;
    if (r->bandwidth > r->best + r->best / 4) {
        r->best = r->bandwidth;
        r->plateau = 0;
    } else if (r->plateau < PLATEAU) {
        r->plateau++;
    }
}

static __always_inline void rate_outbound(struct te_collector_record *r, uint64_t now)
{
    struct scratch *x = scratch_of(r);
    uint64_t bps = r->sock.delivery_rate * 8;

    if (!bps || (x->out_mark_ns && (r->sock.bytes_acked <= x->out_mark_bytes ||
                                    now < x->out_mark_ns + MIN_INTERVAL_NS)))
        return;
    if (r->sock.app_limited && r->out.samples && bps <= r->out.bandwidth)
        return;
    x->out_mark_ns = now;
    x->out_mark_bytes = r->sock.bytes_acked;
    rate_add(&r->out, bps);
}

static __always_inline void rate_inbound(struct te_collector_record *r, uint64_t now)
{
    struct scratch *x = scratch_of(r);
    uint64_t least = (uint64_t)r->sock.rcv_rtt_us * 1000, received = r->sock.bytes_received;
    uint64_t took = now - x->in_mark_ns;

    if (least < MIN_INTERVAL_NS)
        least = MIN_INTERVAL_NS;
    if (x->in_mark_ns && (took < least || received <= x->in_mark_bytes))
        return;
    /* Microseconds, so that the product stays within 64 bits up to 2 TB in one interval. */
    if (x->in_mark_ns && took <= MAX_INTERVAL_NS)
        rate_add(&r->in, (received - x->in_mark_bytes) * 8000000 / (took / 1000));
    x->in_mark_ns = now;
    x->in_mark_bytes = received;
}

#endif
