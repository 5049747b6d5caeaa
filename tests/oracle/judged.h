/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the wire says about each member, see judged.def. */
#ifndef ORACLE_JUDGED_H
#define ORACLE_JUDGED_H

#include "ledger.h"
#include "reading.h"

enum how {
    BLIND,    /* the wire does not show it */
    EQUAL,    /* countable: must agree whatever the label */
    WITHIN,   /* must agree if the label is exact or derived, else lie from lo to hi */
    MEASURED, /* continuous, and measured by two clocks: from lo to hi whatever the label */
    FLOOR     /* the wire shows only a bound: from lo to hi, with no error to be stated */
};

struct finding {
    enum how how;
    double truth, lo, hi;
    const char *why_not; /* BLIND */
};

struct view { /* one end of one run */
    const struct reading *told, *far_told;
    const struct ledger *wire, *far;
};

struct judged {
    const char *cls, *member;
    const char *by;    /* what of the wire tells it */
    const char *bound; /* how near is near enough, or how the definitions differ, and why; NULL */
    struct finding (*find)(const struct view *view);
};

/* NULL: no such member. */
const struct judged *judged_find(const char *cls, const char *member);

/* The index-th in the order of the table, NULL at the end. */
const struct judged *judged_at(unsigned index);

#endif
