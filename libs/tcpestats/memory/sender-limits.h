/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What keeps a sender from sending more, as far as sock_diag shows it: SndLimTrans*, SndLimTime*
 * and SndLimBytes* from one look at a connection to the next.
 */
#ifndef TE_SENDER_LIMITS_H
#define TE_SENDER_LIMITS_H

#include "kernel/kernel.h"

/* Up to where a connection has been accounted for. Part of the shared memory file. */
struct te_limits_at {
    uint64_t ns; /* time of that look */
    uint64_t bytes_sent;
    uint64_t rwnd_us, cwnd_us;
    uint32_t limit; /* enum te_limit + 1 at that look, 0: there was none */
    uint32_t reserved;
};

_Static_assert(sizeof(struct te_limits_at) == 40, "same layout on all machines");

/* What has been added since. */
struct te_limits_step {
    uint64_t us[TE_LIMIT_COUNT];
    uint64_t bytes[TE_LIMIT_COUNT];
    uint32_t trans[TE_LIMIT_COUNT];
    bool moved; /* more than the clock */
};

/* The present limit of the sender, as far as one snapshot shows it. */
enum te_limit te_limits_now(const struct te_snapshot *s);

/* The first look. */
struct te_limits_at te_limits_begin(const struct te_snapshot *s);

/* Was there a look? Anything else that a file says is none. */
static inline bool te_limits_known(const struct te_limits_at *at)
{
    return at->limit && at->limit <= TE_LIMIT_COUNT;
}

/* There must have been a look. */
void te_limits_step(const struct te_limits_at *at, const struct te_snapshot *s,
                    struct te_limits_step *step);

/* Goes on to s. A counter that is behind, of a reply that came late, stays as it was. */
void te_limits_advance(struct te_limits_at *at, const struct te_snapshot *s);

#endif
