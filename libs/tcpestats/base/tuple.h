/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TE_TUPLE_H
#define TE_TUPLE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A connection's addresses in canonical form: v4-mapped v6 becomes AF_INET, AF_INET leaves the last
 * twelve bytes of an address 0, ports in host byte order. Compared with memcmp, so no padding.
 */
struct te_tuple {
    uint8_t local[16];
    uint8_t remote[16];
    uint16_t family;
    uint16_t local_port;
    uint16_t remote_port;
    uint16_t reserved;
};

_Static_assert(sizeof(struct te_tuple) == 40, "no padding: compared with memcmp");

/* A v4-mapped v6 tuple becomes AF_INET; unused bytes become 0. */
void te_tuple_canonical(struct te_tuple *tuple);

/* Is one of its addresses link-local, so that it means nothing without an interface? */
bool te_tuple_is_link_local(const struct te_tuple *tuple);

#endif
