/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structs that say their own size. The first version of each is the least that a caller may have;
 * it never changes, so a program built against it is served by every later library.
 */
#ifndef TE_SIZED_H
#define TE_SIZED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tcpestats.h"

#define TE_END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

enum {
    TE_OPTIONS_0 = TE_END_OF(struct tcpestats_options, state_dir),
    TE_CONN_0 = TE_END_OF(struct tcpestats_conn, scope_id),
    TE_RW_0 = TE_END_OF(struct tcpestats_rw, enable_inbound),
    TE_SAMPLE_0 = TE_END_OF(struct tcpestats_sample, values),
    TE_SOURCE_0 = TE_END_OF(struct tcpestats_source, clock_driven),
    TE_COLLECTOR_0 = TE_END_OF(struct tcpestats_collector, attached)
};

/* Copies what both sides know; of the rest, to is left as it is. The caller's size stays. */
static inline void te_copy_out(void *to, const void *from, size_t full)
{
    uint32_t size;

    memcpy(&size, to, sizeof(size));
    memcpy(to, from, size < full ? size : full);
    memcpy(to, &size, sizeof(size));
}

#endif
