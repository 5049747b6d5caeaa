/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "series.h"

#include <err.h>
#include <math.h>
#include <stdlib.h>

void series_add(struct series *s, uint64_t ns, double value)
{
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 1024;
        s->at = realloc(s->at, s->room * sizeof(*s->at));
        if (!s->at)
            err(1, "memory");
    }
    s->at[s->count++] = (struct point){ns, value};
}

void series_free(struct series *s)
{
    free(s->at);
    *s = (struct series){0};
}

/* Index of the last point at or before ns, or of the first one. */
static size_t point_at(const struct series *s, uint64_t ns)
{
    size_t lo = 0, hi = s->count;

    while (hi - lo > 1) {
        size_t middle = lo + (hi - lo) / 2;

        if (s->at[middle].ns <= ns)
            lo = middle;
        else
            hi = middle;
    }
    return lo;
}

struct range series_range(const struct series *s, uint64_t from, uint64_t to)
{
    struct range r = {INFINITY, -INFINITY};

    if (s->count == 0)
        return r;
    for (size_t i = point_at(s, from); i < s->count && s->at[i].ns <= to; i++) {
        r.lo = fmin(r.lo, s->at[i].value);
        r.hi = fmax(r.hi, s->at[i].value);
    }
    return r;
}

double series_mean(const struct series *s)
{
    double sum = 0;

    for (size_t i = 0; i < s->count; i++)
        sum += s->at[i].value;
    return s->count ? sum / (double)s->count : 0;
}
