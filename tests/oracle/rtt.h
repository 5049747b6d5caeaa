/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Round-trip times as a capture at the sender shows them: Karn's rule, the arithmetic of RFC 6298
 * as Linux has it, and the timestamp option where nothing else gives a sample.
 */
#ifndef ORACLE_RTT_H
#define ORACLE_RTT_H

#include "series.h"

#include <stdbool.h>

struct rtt {
    struct series sample, newest; /* us */
    struct series srtt, rttvar, rto;
    double srtt_us, rttvar_us, rto_us;
    double margin_us; /* what the timeout is longer than the smoothed time */
    double round_most_us;
    uint32_t round_end; /* SND.NXT when the round trip began */
};

struct rtt_times {
    uint64_t ns;      /* when the acknowledgement came */
    double oldest_us; /* since the first of what it acknowledges was sent: the sample */
    double newest_us; /* since the last of it was */
};

/* una, nxt: of the sender, after the acknowledgement. */
void rtt_sample(struct rtt *rtt, const struct rtt_times *times, uint32_t una, uint32_t nxt);

/* A timer has expired: the timeout doubles. */
void rtt_backed_off(struct rtt *rtt, uint64_t ns);

void rtt_free(struct rtt *rtt);

#endif
