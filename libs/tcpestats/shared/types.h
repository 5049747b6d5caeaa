/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What headers need that also the programs in the kernel include, which have no C library. */
#ifndef TE_TYPES_H
#define TE_TYPES_H

#ifndef __bpf__
#include <stdbool.h>
#include <stdint.h>
#endif

/* Calls between a program's functions cost, and take of its small stack. */
#define TE_INLINE static inline __attribute__((always_inline))

#endif
