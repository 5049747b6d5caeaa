/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtt.h"

#include <math.h>

/* The floor that Linux puts under four times the variation; RFC 6298 has it under the sum: 1 s. */
static const double least_variation_us = 200000;
static const double longest_us = 120e6;

/*
 * RFC 6298's, but for one thing that Linux does: when a sample is so much smaller than the average
 * that the variation would grow, it grows by an eighth of that.
 */
static double variation(double rttvar, double srtt, double us)
{
    double growth = (fabs(srtt - us) - rttvar) / 4;

    return rttvar + (us < srtt && growth > 0 ? growth / 8 : growth);
}

static void note(struct rtt *r, uint64_t ns)
{
    series_add(&r->srtt, ns, r->srtt_us);
    series_add(&r->rttvar, ns, r->rttvar_us);
    series_add(&r->rto, ns, r->rto_us);
}

/*
 * What Linux adds to the smoothed time for the timeout: not the variation as it stands, but its
 * largest value of a round trip, of which a quarter of the difference is given back when the next
 * one has begun.
 */
static void bound_variation(struct rtt *r, uint32_t una, uint32_t nxt)
{
    r->round_most_us = fmax(r->round_most_us, 4 * r->rttvar_us);
    r->margin_us = fmax(r->margin_us, r->round_most_us);
    if (una <= r->round_end)
        return;
    r->margin_us -= (r->margin_us - r->round_most_us) / 4;
    r->round_most_us = least_variation_us;
    r->round_end = nxt;
}

void rtt_sample(struct rtt *r, const struct rtt_times *times, uint32_t una, uint32_t nxt)
{
    double us = times->oldest_us;

    series_add(&r->sample, times->ns, us);
    series_add(&r->newest, times->ns, times->newest_us);
    if (r->sample.count == 1) {
        r->srtt_us = us;
        r->rttvar_us = us / 2;
        r->round_most_us = r->margin_us = fmax(least_variation_us, 4 * r->rttvar_us);
        r->round_end = nxt;
    } else {
        r->rttvar_us = variation(r->rttvar_us, r->srtt_us, us);
        r->srtt_us += (us - r->srtt_us) / 8;
        bound_variation(r, una, nxt);
    }
    r->rto_us = r->srtt_us + r->margin_us;
    note(r, times->ns);
}

void rtt_backed_off(struct rtt *r, uint64_t ns)
{
    r->rto_us = fmin(2 * r->rto_us, longest_us);
    note(r, ns);
}

void rtt_free(struct rtt *r)
{
    series_free(&r->sample);
    series_free(&r->newest);
    series_free(&r->srtt);
    series_free(&r->rttvar);
    series_free(&r->rto);
}
