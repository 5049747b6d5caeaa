/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Bandwidth class: an estimate of the path's rate in one direction, how much the samples
 * scatter, and whether it has stopped growing. Microsoft publishes no algorithm, so this one is
 * ours: an average with weight 1/8, a mean deviation alike, and BBR's rule for a full pipe. A
 * reader of sock_diag has a sample at each read, a program in the kernel at each segment.
 */
#ifndef TE_RATE_H
#define TE_RATE_H

#include "shared/types.h"

/* Shorter intervals than this measure the reader's own rhythm, longer ones the program's pauses. */
#define TE_RATE_NS_MIN 10000000ull
#define TE_RATE_NS_MAX 10000000000ull
#define TE_RATE_PLATEAU 3

/* The estimate. All zero: no sample yet. Part of what is stored. */
struct te_rate {
    uint64_t bandwidth;   /* bit/s */
    uint64_t instability; /* bit/s, mean absolute deviation */
    uint64_t best;        /* estimate at which the count of the plateau began */
    uint32_t plateau;     /* samples since the estimate last grew by a quarter */
    uint32_t samples;
};

/* Where the interval being measured began; ns 0: nowhere yet. */
struct te_rate_mark {
    uint64_t ns, bytes;
};

/* Has the estimate stopped growing? */
TE_INLINE bool te_rate_peaked(const struct te_rate *r)
{
    return r->plateau >= TE_RATE_PLATEAU;
}

/* a moved an eighth of the way to b; numbers without a sign, which is all that bpf divides. */
TE_INLINE uint64_t te_rate_towards(uint64_t a, uint64_t b)
{
    return b > a ? a + (b - a) / 8 : a - (a - b) / 8;
}

TE_INLINE void te_rate_add(struct te_rate *r, uint64_t bps)
{
    uint64_t away = bps > r->bandwidth ? bps - r->bandwidth : r->bandwidth - bps;

    if (!r->samples) {
        r->bandwidth = bps;
    } else {
        r->bandwidth = te_rate_towards(r->bandwidth, bps);
        r->instability = te_rate_towards(r->instability, away);
    }
    if (r->samples < ~0u)
        r->samples++;
    if (r->bandwidth > r->best + r->best / 4) {
        r->best = r->bandwidth;
        r->plateau = 0;
    } else if (r->plateau < TE_RATE_PLATEAU) {
        r->plateau++;
    }
}

/*
 * The kernel measures deliveries itself; a rate that the program's own pace held down tells nothing
 * about the path, unless it is above what we believe. One sample for each advance of the
 * acknowledgements, and not more often than that. True if something changed.
 */
TE_INLINE bool te_rate_outbound(struct te_rate *r, struct te_rate_mark *mark, uint64_t now,
                                uint64_t acked, uint64_t delivery_rate, bool app_limited)
{
    uint64_t bps = delivery_rate * 8;

    if (!bps || (mark->ns && (acked <= mark->bytes || now < mark->ns + TE_RATE_NS_MIN)))
        return false;
    if (app_limited && r->samples && bps <= r->bandwidth)
        return false;
    mark->ns = now;
    mark->bytes = acked;
    te_rate_add(r, bps);
    return true;
}

/* What has been received in no less than a round trip. True if something changed. */
TE_INLINE bool te_rate_inbound(struct te_rate *r, struct te_rate_mark *mark, uint64_t now,
                               uint64_t received, uint32_t rcv_rtt_us)
{
    uint64_t least = (uint64_t)rcv_rtt_us * 1000, took = now - mark->ns;

    if (least < TE_RATE_NS_MIN)
        least = TE_RATE_NS_MIN;
    if (mark->ns && (now <= mark->ns || took < least || received <= mark->bytes))
        return false;
    /* Microseconds, so that the product stays within 64 bits up to 2 TB in one interval. */
    if (mark->ns && took <= TE_RATE_NS_MAX)
        te_rate_add(r, (received - mark->bytes) * 8000000 / (took / 1000));
    mark->ns = now;
    mark->bytes = received;
    return true;
}

#endif
