/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interleaved measurements: drift and neighbours hit every condition of a round alike. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <stdint.h>

enum { ROUNDS_MAX = 101 };

struct condition {
    const char *name;
    /* Does the thing calls times and returns how long that took in ns. */
    uint64_t (*run)(void *arg, unsigned calls);
    void *arg;
    unsigned calls;
    double ns[ROUNDS_MAX]; /* filled: per call, one value a round */
};

/* A median and its quartiles. */
struct spread {
    double median, low, high;
};

uint64_t bench_now(void);

/* Each round runs every condition once, in an order that turns from round to round. */
void bench_rounds(struct condition *conditions, unsigned count, unsigned rounds);

struct spread bench_spread(const double *values, unsigned count);

/* Of the ratios of the rounds. */
struct spread bench_ratio(const struct condition *of, const struct condition *to, unsigned rounds);

/* The same, but low and high bound the median itself, with 95 % confidence (order statistics). */
struct spread bench_ratio_sure(const struct condition *of, const struct condition *to,
                               unsigned rounds);

#endif
