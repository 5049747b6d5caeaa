/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict.h"

#include <math.h>
#include <string.h>

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static struct verdict wrong(struct verdict v, const char *complaint)
{
    v.outcome = WRONG;
    v.complaint = complaint;
    return v;
}

struct verdict verdict_on(const struct told *told, const struct judged *judged,
                          const struct view *view)
{
    double value = (double)told->value;
    struct verdict v = {.outcome = UNJUDGED, .found = judged->find(view), .error = NAN};
    bool strict;

    if (is(told->label, "reserved"))
        return value == 0 ? (v.outcome = RIGHT_ZERO, v) : wrong(v, "reserved, and not 0");
    if (is(told->label, "unavailable")) {
        v.outcome = MISSED;
        return is(told->status, "known") ? wrong(v, "unavailable, and yet known") : v;
    }
    if (is(told->status, "off"))
        return wrong(v, "its class is off");
    if (v.found.how == BLIND)
        return v;
    if (is(told->status, "no-sample") && v.found.truth == 0 && value == 0)
        return (v.outcome = RIGHT_ZERO, v);
    if (!is(told->status, "known"))
        return wrong(v, "no value");

    if (v.found.how != FLOOR) {
        /* A member is a whole number, what is measured is not. */
        v.found.truth = trunc(v.found.truth);
        v.error = value - v.found.truth;
        v.share = v.found.truth != 0 ? v.error / fabs(v.found.truth) : v.error != 0 ? INFINITY : 0;
    }
    strict = v.found.how == EQUAL ||
             (v.found.how == WITHIN && (is(told->label, "exact") || is(told->label, "derived")));
    if (v.error == 0)
        v.outcome = RIGHT_EQUAL;
    else if (strict)
        return wrong(v, v.found.how == EQUAL ? "not equal" : "not equal, as its label promises");
    else if (value < v.found.lo || value > v.found.hi)
        return wrong(v, "out of bounds");
    else
        v.outcome = RIGHT_NEAR;
    return v;
}

const char *verdict_on_capture(const struct view *v)
{
    static const uint64_t rest_ns = 200000000;
    const struct ledger *l = v->wire, *far = v->far;
    const struct reading *r = v->told;
    uint64_t read_ns = r->polls[r->poll_count - 1].begin_ns;

    if (r->missed != 0)
        return "the capture missed packets";
    if (l->mine.mss < 0 || l->theirs.mss < 0)
        return "the capture does not show both SYNs";
    if (l->last_ns + rest_ns > read_ns)
        return "packets still moved when the members were read";
    if (l->una != l->nxt || l->got.count)
        return "not all was acknowledged and in order";
    if (l->nxt != far->got.next)
        return "what one end sent is not what the other one received";
    if (l->nxt - 1.0 != (double)r->written || l->got.next - 1.0 != (double)(r->read + r->unread))
        return "what crossed the wire is not what the programs wrote and read";
    return NULL;
}
