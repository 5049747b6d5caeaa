/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets share: taking an input apart, and saying what must hold. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_INLINE __attribute__((unused)) static inline

/* A target: looks at one input and returns 0, or ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                    \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)

struct input {
    const uint8_t *at;
    size_t left;
};

/* The next count bytes; zeroes once the input has ended. */
FUZZ_INLINE void take(struct input *in, void *to, size_t count)
{
    size_t have = count < in->left ? count : in->left;

    memset(to, 0, count);
    if (have)
        memcpy(to, in->at, have);
    in->at += have;
    in->left -= have;
}

FUZZ_INLINE uint8_t take_8(struct input *in)
{
    uint8_t value;

    take(in, &value, sizeof(value));
    return value;
}

FUZZ_INLINE uint16_t take_16(struct input *in)
{
    uint16_t value;

    take(in, &value, sizeof(value));
    return value;
}

FUZZ_INLINE uint32_t take_32(struct input *in)
{
    uint32_t value;

    take(in, &value, sizeof(value));
    return value;
}

/* The next bytes, at most count, in memory of just that size, to be freed. */
FUZZ_INLINE uint8_t *take_exact(struct input *in, size_t count, size_t *got)
{
    uint8_t *copy;

    *got = count < in->left ? count : in->left;
    copy = malloc(*got ? *got : 1);
    MUST(copy);
    take(in, copy, *got);
    return copy;
}

/* The next bytes, at most count, up to a zero, as a string in memory of just its size. */
FUZZ_INLINE char *take_string(struct input *in, size_t count)
{
    size_t have = strnlen((const char *)in->at, count < in->left ? count : in->left);
    char *copy = malloc(have + 1);

    MUST(copy);
    take(in, copy, have);
    copy[have] = '\0';
    if (in->left)
        take_8(in);
    return copy;
}

#endif
