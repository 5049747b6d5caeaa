/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lanes: what one call needs to itself (a sock_diag socket, an open state file), kept for the next
 * call. A call takes a free lane and never waits for one: when all are taken it gets a temporary
 * one. A lane whose thread was killed in mid-call is found and taken over; a child of fork() starts
 * its lanes anew, since replies and locks of shared descriptors would mix with its parent's.
 */
#ifndef TE_LANES_H
#define TE_LANES_H

#include "kernel/kernel.h"
#include "memory/state.h"

#define TE_LANES_COUNT 16

struct te_hot_table; /* hot.h */

/* Reached only by the thread that has acquired it. */
struct te_lane {
    struct te_diag diag;
    struct te_state state;
    struct te_hot_table *hot; /* NULL: none yet */
    bool temporary;           /* then there never is one */
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

/* -ENOMEM. No descriptor is opened before a lane's user opens one. */
int te_lanes_new(struct te_lanes **lanes);

/* Closes all descriptors. No call may be under way. NULL is allowed. */
void te_lanes_free(struct te_lanes *lanes);

/* Never fails and never waits. May be called from a signal handler, too. */
void te_lane_acquire(struct te_lanes *lanes, struct te_lane_use *use);
void te_lane_release(struct te_lanes *lanes, struct te_lane_use *use);

#endif
