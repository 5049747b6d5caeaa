/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Conditions on a verdict, for --fail-if:
 *
 *     QUANTITY OPERATOR NUMBER[UNIT]     retransmitted > 2 %     rtt >= 80 ms     rate_out < 10
 * Mbit/s cause = CODE[,CODE...]             cause = loss,timeouts
 *
 * OPERATOR is one of < <= > >= = !=. The grammar stands in tcpestats(1). Pure.
 */
#ifndef CONDITION_H
#define CONDITION_H

#include "verdict.h"

enum comparison { LESS, LESS_EQUAL, MORE, MORE_EQUAL, EQUAL, NOT_EQUAL, COMPARISONS };

struct condition {
    const char *text; /* as typed */
    enum comparison comparison;
    bool is_cause;
    uint32_t causes; /* bit n: enum cause n */
    enum quantity_id quantity;
    double number; /* in the quantity's own unit */
};

/* NULL, or a phrase that says what is wrong with it. text must stay. */
const char *condition_parse(const char *text, struct condition *condition);

/* Of a number that is not known no condition holds; the cause is that of verdict->direction. */
bool condition_holds(const struct condition *condition, const struct verdict *verdict);

#endif
