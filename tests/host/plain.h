/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members as sock_diag alone has them: without a collector, and without one ever having been there.
 */
#ifndef PLAIN_H
#define PLAIN_H

#include "members/members.h"

static inline void read_plainly(struct tcpestats_sample *sample, const struct te_snapshot *s,
                                const struct te_track *t, const struct te_bytes *b)
{
    static const struct te_carry none;
    const struct te_facts facts = {.s = s, .t = t, .b = b, .c = &none, .record = &te_no_record};

    te_sources_read(sample, &facts);
}

#endif
