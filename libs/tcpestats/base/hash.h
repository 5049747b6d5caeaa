/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TE_HASH_H
#define TE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A checksum over words, the same for 32- and 64-bit code; size is a multiple of 8. */
uint64_t te_sum(uint64_t seed, const void *data, size_t size);

#endif
