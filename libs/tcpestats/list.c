/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public functions that name connections: one, or all of the namespace. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handle.h"
#include "sized.h"

int tcpestats_find(struct tcpestats *te, struct tcpestats_conn *conn)
{
    struct tcpestats_snapshot snapshot;
    struct te_call call = {.snapshot = &snapshot};
    struct te_lane_use use;
    int err;

    if (!te)
        return -EINVAL;
    err = te_query_of(conn, &call.query);
    if (err)
        return err;
    te_call_begin(&call, te, &use);
    err = te_look(&call, &snapshot.now);
    if (!err) {
        te_memory_ready(&call.lane->memory, te_is_alive, &call);
        te_recall(&call);
        te_conn_fill(conn, &snapshot.now, snapshot.entry.enabled);
    }
    te_lane_release(te->lanes, &use);
    return err;
}

/* ---- All of them ---- */

struct sweep {
    struct te_call call;
    struct tcpestats_snapshot snapshot;
    int (*visit)(const struct tcpestats_conn *, const struct tcpestats_snapshot *, void *);
    int (*visit_conn)(const struct tcpestats_conn *, void *);
    void *arg;
};

static int visit_one(const struct te_snapshot *s, void *arg)
{
    struct sweep *sweep = arg;
    struct te_call *call = &sweep->call;
    struct tcpestats_snapshot *snapshot = &sweep->snapshot;
    struct tcpestats_conn conn;

    call->query.tuple = s->tuple;
    call->query.ifindex = s->ifindex;
    te_call_reset(call);
    snapshot->now = *s;
    /* One that has ended since the kernel listed it is not shown any more. */
    if (call->classes ? te_complete(call, false) : (te_recall(call), 0))
        return 0;
    te_conn_name(&conn, &snapshot->now);
    te_conn_fill(&conn, &snapshot->now, snapshot->entry.enabled);
    return sweep->visit ? sweep->visit(&conn, snapshot, sweep->arg)
                        : sweep->visit_conn(&conn, sweep->arg);
}

static int sweep_all(struct tcpestats *te, struct sweep *sweep)
{
    struct te_lane_use use;
    int err;

    sweep->call.snapshot = &sweep->snapshot;
    te_call_begin(&sweep->call, te, &use);
    te_memory_ready(&sweep->call.lane->memory, te_is_alive, &sweep->call);
    err = te_diag_dump(&te->netns, sweep->call.query.want, visit_one, sweep);
    te_lane_release(te->lanes, &use);
    return err;
}

int tcpestats_list(struct tcpestats *te, int (*visit)(const struct tcpestats_conn *, void *),
                   void *arg)
{
    struct sweep sweep = {.visit_conn = visit, .arg = arg};

    if (!te || !visit)
        return -EINVAL;
    return sweep_all(te, &sweep);
}

int tcpestats_sweep(struct tcpestats *te, uint32_t classes,
                    int (*visit)(const struct tcpestats_conn *, const struct tcpestats_snapshot *,
                                 void *),
                    void *arg)
{
    struct sweep sweep = {.call = te_call_for(classes, NULL), .visit = visit, .arg = arg};

    if (!te || !visit || !te_classes_good(classes))
        return -EINVAL;
    return sweep_all(te, &sweep);
}
