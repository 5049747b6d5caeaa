/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The checksum of files and shared memory. Guards against noise, torn writes and strangers' data,
 * not against somebody who computes a collision: such a person already owns the file.
 */
#include <string.h>

#include "base/hash.h"

/* Fractional parts of the square roots of the first primes. */
#define K0 0x6a09e667f3bcc908u
#define K1 0xbb67ae8584caa73bu
#define K2 0x3c6ef372fe94f82bu
#define K3 0xa54ff53a5f1d36f1u

/* Both halves of the 128 bit product, so that every bit of a and b reaches every bit of the sum. */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    /* 32 bit processes share the file with 64 bit ones. */
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t low = al * bl, mid1 = ah * bl, mid2 = al * bh, high = ah * bh;
    uint64_t carry = ((low >> 32) + (uint32_t)mid1 + (uint32_t)mid2) >> 32;

    low += (mid1 << 32) + (mid2 << 32);
    return low ^ (high + (mid1 >> 32) + (mid2 >> 32) + carry);
#endif
}

static inline uint64_t turn(uint64_t v)
{
    return v << 29 | v >> 35;
}

/* An odd factor and a turn: each step can be undone, so that no change of one word goes unseen. */
static inline uint64_t step(uint64_t chain, const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return turn((chain ^ word) * UINT64_C(0x9e3779b97f4a7c15));
}

uint64_t te_sum(uint64_t seed, const void *data, size_t size)
{
    const uint8_t *p = data, *end = p + size;
    uint64_t a = seed ^ K0, b = seed ^ K1, c = seed ^ K2, d = seed ^ K3;

    /* Four chains, since one alone would wait for each product. */
    for (; end - p >= 32; p += 32) {
        a = step(a, p);
        b = step(b, p + 8);
        c = step(c, p + 16);
        d = step(d, p + 24);
    }
    for (; p < end; p += 8)
        a = step(a, p);
    return fold(fold(a ^ K3, b ^ K2) ^ size ^ K0, fold(c ^ K1, d ^ K0) ^ K1);
}
