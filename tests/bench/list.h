/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others take for a look at all connections. */
#ifndef BENCH_LIST_H
#define BENCH_LIST_H

#include <stdint.h>

/* For struct condition: `ss -tin` once, whatever calls says. */
uint64_t list_ss(void *arg, unsigned calls);

#endif
