/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "timing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void bench_rounds(struct condition *conditions, unsigned count, unsigned rounds)
{
    unsigned round, i;

    for (i = 0; i < count; i++) /* warm */
        conditions[i].run(conditions[i].arg, conditions[i].calls);
    for (round = 0; round < rounds; round++) {
        for (i = 0; i < count; i++) {
            struct condition *c = &conditions[(i + round) % count];

            c->ns[round] = (double)c->run(c->arg, c->calls) / c->calls;
        }
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct spread bench_spread(const double *values, unsigned count)
{
    double sorted[ROUNDS_MAX];

    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(*sorted), by_value);
    return (struct spread){sorted[count / 2], sorted[count / 4], sorted[count - 1 - count / 4]};
}

struct spread bench_ratio(const struct condition *of, const struct condition *to, unsigned rounds)
{
    double ratio[ROUNDS_MAX];

    for (unsigned i = 0; i < rounds; i++)
        ratio[i] = of->ns[i] / to->ns[i];
    return bench_spread(ratio, rounds);
}

struct spread bench_ratio_sure(const struct condition *of, const struct condition *to,
                               unsigned rounds)
{
    double ratio[ROUNDS_MAX], half = 0.98 * sqrt(rounds);
    int low = (int)floor(rounds / 2.0 - half), high = (int)ceil(rounds / 2.0 + half);

    for (unsigned i = 0; i < rounds; i++)
        ratio[i] = of->ns[i] / to->ns[i];
    qsort(ratio, rounds, sizeof(*ratio), by_value);
    return (struct spread){ratio[rounds / 2], ratio[low > 0 ? low - 1 : 0],
                           ratio[high < (int)rounds ? high : (int)rounds - 1]};
}
