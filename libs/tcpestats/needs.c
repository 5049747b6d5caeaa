/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "handle.h"

static const struct {
    uint8_t care; /* enum te_care */
    uint8_t want; /* enum te_want: what tcp_info does not have is asked for only where shown */
} needs[TCPESTATS_CLASS_COUNT] = {
    [TCPESTATS_SYN_OPTS] = {TE_CARE_BYTES | TE_CARE_OPENER, TE_WANT_QUEUES},
    [TCPESTATS_DATA] = {TE_CARE_BYTES, TE_WANT_SKMEM | TE_WANT_QUEUES},
    [TCPESTATS_SEND_BUFF] = {TE_CARE_QUEUES, TE_WANT_QUEUES},
    [TCPESTATS_REC] = {0, TE_WANT_QUEUES},
    [TCPESTATS_BANDWIDTH] = {0, TE_WANT_CONG},
};

enum te_care te_care_of(uint32_t classes)
{
    unsigned care = 0;

    for (; classes; classes &= classes - 1)
        care |= needs[__builtin_ctz(classes)].care;
    return (enum te_care)care;
}

uint32_t te_want_of(uint32_t classes)
{
    uint32_t want = 0;

    for (; classes; classes &= classes - 1)
        want |= needs[__builtin_ctz(classes)].want;
    return want;
}

/*
 * A program that has just sent or received wants to find it counted, and no hook that would be
 * worth its price sees that happen: a record is as old as the last segment from the peer.
 */
bool te_must_look(uint32_t classes)
{
    return classes & ON_DATA;
}

uint32_t te_classes_served(uint32_t classes)
{
    unsigned care = te_care_of(classes);
    uint32_t want = te_want_of(classes), served = 0;

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (!(needs[cls].care & ~care) && !(needs[cls].want & ~want))
            served |= TE_CLASS_BIT(cls);
    return served;
}
