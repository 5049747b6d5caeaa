/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtt.h"

#include <math.h>

/* The floor that Linux puts under four times the variation; RFC 6298 has it under the sum: 1 s. */
static const double least_variation_us = 200000;
static const double longest_us = 120e6;

static void note(struct rtt *r, uint64_t ns)
{
    series_add(&r->srtt, ns, r->srtt_us);
    series_add(&r->rttvar, ns, r->rttvar_us);
    series_add(&r->rto, ns, r->rto_us);
}

void rtt_sample(struct rtt *r, uint64_t ns, double us, double newest_us)
{
    series_add(&r->sample, ns, us);
    series_add(&r->newest, ns, newest_us);
    if (r->sample.count == 1) {
        r->srtt_us = us;
        r->rttvar_us = us / 2;
    } else {
        r->rttvar_us += (fabs(r->srtt_us - us) - r->rttvar_us) / 4;
        r->srtt_us += (us - r->srtt_us) / 8;
    }
    r->rto_us = r->srtt_us + fmax(least_variation_us, 4 * r->rttvar_us);
    note(r, ns);
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
