/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's end of the collector's socket: finds the daemon, checks it, maps its records, asks
 * it to enable and disable. Everything may fail at any time, and then the caller goes on with
 * sock_diag alone; nothing here waits longer than TE_COLLECTOR_PATIENCE_MS.
 */
#ifndef TE_COLLECTOR_LINK_H
#define TE_COLLECTOR_LINK_H

#include "shared/protocol.h"
#include "kernel/kernel.h"

#define TE_COLLECTOR_PATIENCE_MS 200

struct te_collector_link; /* one for a handle; used by any number of threads */

/* No system resource but memory is taken before the first use. */
int te_collector_link_new(struct te_collector_link **link, const struct te_netns *netns);

/* No call may be under way. NULL is allowed. */
void te_collector_link_free(struct te_collector_link *link);

/*
 * The mapped records of the daemon that is connected. The addresses stay mapped until the handle is
 * freed, but after some more daemons have come and gone they show another daemon's records: copy a
 * record, then ask te_collector_view_holds() whether the copy was this view's.
 */
struct te_collector_view {
    const struct te_collector_record *records; /* NULL: no collector */
    uint32_t count;
    uint32_t features;
    uint32_t hz;
    uint32_t version; /* private */
    uint64_t start;   /* epoch of the daemon's start; epochs of its records are greater */
};

/* What is mapped now; no system call, never connects. In a child after fork: its parent's. */
struct te_collector_view te_collector_view(struct te_collector_link *link);

/* The view of a daemon met before, also one that has gone. False: it has made room. */
bool te_collector_find_view(struct te_collector_link *link, uint64_t start,
                            struct te_collector_view *view);

/* Do the view's addresses still show the daemon that it is of? No system call. */
bool te_collector_view_holds(struct te_collector_link *link, const struct te_collector_view *view);

/*
 * Was nobody there, or not for us, within the last second? Until then the functions below return
 * the same error at once. now: te_now(). No system call.
 */
bool te_collector_is_shut(struct te_collector_link *link, uint64_t now);

/*
 * Asks for (more) classes of a connection; connects when there is no connection, and waits for a
 * daemon that is slow once a second. On success *view and *slot name the record; *starts (may be
 * NULL) says where its sequence numbers start, if we are root or the socket is ours. -ENOTCONN: no
 * collector; -EPERM: none for this user; -ENOSPC: full or over quota; -ENOENT: it does not see the
 * socket; -EINPROGRESS: not yet, ask again in a while; -ETIMEDOUT: it has not answered, and does
 * what it was sent all the same; others as the daemon said. snapshot: the connection as sock_diag
 * has just shown it, in the network namespace of the collector's socket.
 */
int te_collector_enable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                        uint32_t classes, struct te_collector_view *view, uint32_t *slot,
                        struct te_collector_starts *starts);

/*
 * Takes this user's classes back, whichever of his processes asked for them. Connects for it like
 * te_collector_enable(), so leave it out where nothing was ever asked for. 0 also when there was
 * nothing to take back.
 */
int te_collector_disable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                         uint32_t classes);

/* Connects if need be, like te_collector_enable(), and asks STATUS. Errors: as there. */
int te_collector_status(struct te_collector_link *link, struct te_collector_answer *answer);

/*
 * Is the daemon that was connected gone? Forgets it if so: then te_collector_view() shows no
 * records, while a view taken before can still be read. Also true where this process is not
 * connected at all. Two system calls; for the slow path.
 */
bool te_collector_is_gone(struct te_collector_link *link);

#endif
