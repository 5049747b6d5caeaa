/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiving half of a connection: which bytes came for the first time, and in which order. */
#ifndef ORACLE_RECEIVE_H
#define ORACLE_RECEIVE_H

#include <stddef.h>
#include <stdint.h>

struct hole_map {
    struct span {
        uint32_t from, to;
    } * span; /* beyond next, ascending, apart from each other */
    size_t count, room;
    uint32_t next; /* all before this has come */
};

/* Sequence numbers from, up to but without to, have come. How many of them were new. */
uint32_t receive(struct hole_map *map, uint32_t from, uint32_t to);

/* Sequence space from next to the right edge of what waits for a hole to be filled. */
uint32_t receive_waiting(const struct hole_map *map);

void receive_free(struct hole_map *map);

#endif
