/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lanes: what one call needs to itself (a sock_diag socket, the mapped memory), kept for the next
 * call. A call takes a free lane and never waits for one: when all are taken it gets a temporary
 * one. A lane whose thread was killed in mid-call is found and taken over; a child of fork() starts
 * its lanes anew, since replies on a shared socket would mix with its parent's.
 */
#ifndef TE_LANES_H
#define TE_LANES_H

#include "kernel/kernel.h"
#include "memory/memory.h"

#define TE_LANES_COUNT 16

/* What sock_diag last told of a connection that has a record. */
struct te_last_look {
    uint32_t classes; /* bits of those that it is good enough for, 0: there was none */
    struct te_snapshot now;
    struct te_bytes bytes;
};

/* The names of the socket that was last asked about by its descriptor. */
struct te_own {
    uint64_t cookie; /* 0: there was none */
    uint64_t netns;
    struct te_tuple tuple;
    uint32_t ifindex;
};

/* Reached only by the thread that has acquired it. */
struct te_lane {
    struct te_diag diag;
    struct te_memory memory;
    struct te_last_look last;
    struct te_own own;
};

struct te_lanes;

/* One call's use of a lane; on the caller's stack. */
struct te_lane_use {
    struct te_lane *lane;
    /* Private to lanes.c. */
    struct te_lane temporary;
    uint64_t owner;
    int slot; /* -1: temporary */
};

/* places: where the memory is; kept. -ENOMEM. No descriptor is opened before a lane is used. */
int te_lanes_new(struct te_lanes **lanes, const struct te_places *places);

/* Closes all descriptors. No call may be under way. NULL is allowed. */
void te_lanes_free(struct te_lanes *lanes);

/* Never fails and never waits. May be called from a signal handler, too. */
void te_lane_acquire(struct te_lanes *lanes, struct te_lane_use *use);
void te_lane_release(struct te_lanes *lanes, struct te_lane_use *use);

#endif
