/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mapped arrays of the daemons that a handle has met. Readers take no lock and no system call;
 * an array is never unmapped under them, but the array of a daemon long gone makes room for the
 * next, or for nothing, at the same addresses, and a reader can tell (te_collector_view_holds). An
 * array that is mapped keeps its memory in the kernel, though its daemon has ended.
 */
#ifndef TE_COLLECTOR_VIEWS_H
#define TE_COLLECTOR_VIEWS_H

#include <stdatomic.h>

#include "collector/link.h"
#include "shared/protocol.h"

/* Arrays kept: the present one and the one before, which a reader may still be at. */
#define TE_COLLECTOR_VIEWS 2

/* Changed by one thread at a time, the one that has claimed the link. */
struct te_collector_views {
    /* Which one is shown, + 1; 0: none. */
    _Atomic uint32_t current;
    uint32_t last; /* place that was filled last */
    struct te_collector_mapping {
        /* Grows when another array comes to be here; odd: under way. */
        _Atomic uint32_t version;
        void *_Atomic records; /* where the room is, NULL: not reserved yet */
        _Atomic uint32_t count, features, hz;
        _Atomic uint64_t start;
        uint64_t
            hidden_ns; /* since then its daemon is gone, 0: it is there, or there is no array */
    } mapping[TE_COLLECTOR_VIEWS];
};

struct te_collector_view te_collector_views_now(struct te_collector_views *views);
bool te_collector_views_hold(struct te_collector_views *views,
                             const struct te_collector_view *view);

/*
 * Shows the array of the daemon that gave this answer to HELLO, mapped from fd if need be (fd stays
 * the caller's). -EPROTO: that is no array to be trusted; -ENOMEM.
 */
int te_collector_views_show(struct te_collector_views *views,
                            const struct te_collector_answer *hello, int fd);

/* The view of a daemon that was shown before, also after it has gone. False: it has made room. */
bool te_collector_views_find(struct te_collector_views *views, uint64_t start,
                             struct te_collector_view *view);

/* Shows nothing instead of this daemon. */
void te_collector_views_hide(struct te_collector_views *views, uint64_t start);

/*
 * Lets go of the arrays of daemons that have gone, each some time after it was hidden: by then
 * its last words have been read. Reads of zeroes take its place, and a reader can tell.
 */
void te_collector_views_drop(struct te_collector_views *views, uint64_t now);
void te_collector_views_free(struct te_collector_views *views);

#endif
