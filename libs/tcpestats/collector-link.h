/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's end of the collector's socket: finds the daemon, checks it, maps its records, asks
 * it to enable and disable. Everything may fail at any time, and then the caller goes on with
 * sock_diag alone; nothing here waits longer than TE_COLLECTOR_PATIENCE_MS.
 */
#ifndef TE_COLLECTOR_LINK_H
#define TE_COLLECTOR_LINK_H

#include "collector-record.h"
#include "snapshot.h"

#define TE_COLLECTOR_PATIENCE_MS 200

struct te_collector_link; /* one for a handle; used by any number of threads */

/* No system resource is taken before the first use. */
int te_collector_link_new(struct te_collector_link **link);
void te_collector_link_free(struct te_collector_link *link);

/* The mapped records of the daemon that is connected. Stays mapped until the handle is freed. */
struct te_collector_view {
    const struct te_collector_record *records; /* NULL: no collector */
    uint32_t count;
    uint32_t features;
    uint32_t hz;
    uint64_t start; /* epoch of the daemon's start */
};

/* What is mapped now; no system call, never connects. */
struct te_collector_view te_collector_view(struct te_collector_link *link);

/*
 * Asks for (more) classes of a connection; connects when there is no connection, at most once a
 * second when that fails. On success *view and *slot name the record. -ENOTCONN: no collector;
 * -EPERM: none for this user; -ENOSPC: full or over quota; -ENOENT: it does not see the socket;
 * others as the daemon said. snapshot: the connection as sock_diag has just shown it.
 */
int te_collector_enable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                        uint32_t classes, struct te_collector_view *view, uint32_t *slot);

/* Takes classes back. Does not connect for it: a daemon that does not know us has nothing of ours. */
int te_collector_disable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                         uint32_t classes);

/* Is the daemon that was connected gone? One system call; forgets it if so. For the slow path. */
bool te_collector_gone(struct te_collector_link *link);

#endif
