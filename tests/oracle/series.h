/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A quantity over time that keeps its value until it takes the next one. */
#ifndef ORACLE_SERIES_H
#define ORACLE_SERIES_H

#include <stddef.h>
#include <stdint.h>

struct point {
    uint64_t ns;
    double value;
};

struct series {
    struct point *at;
    size_t count, room;
};

struct range {
    double lo, hi;
};

/* Times must not decrease. */
void series_add(struct series *series, uint64_t ns, double value);
void series_free(struct series *series);

/* The values taken from time from to time to; nothing yet: lo > hi. */
struct range series_range(const struct series *series, uint64_t from, uint64_t to);

/* The mean of all points, 0 if there are none. */
double series_mean(const struct series *series);

#endif
