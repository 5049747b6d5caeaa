/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Round-trip times as a capture at the sender shows them: Karn's rule, the arithmetic of RFC 6298,
 * and the timestamp option where nothing else gives a sample.
 */
#ifndef ORACLE_RTT_H
#define ORACLE_RTT_H

#include "series.h"

#include <stdbool.h>

struct rtt {
    struct series sample,
        newest; /* us; newest: of the segment sent last among those acknowledged */
    struct series srtt, rttvar, rto;
    double srtt_us, rttvar_us, rto_us;
};

void rtt_sample(struct rtt *rtt, uint64_t ns, double us, double newest_us);

/* A timer has expired: the timeout doubles. */
void rtt_backed_off(struct rtt *rtt, uint64_t ns);

void rtt_free(struct rtt *rtt);

#endif
