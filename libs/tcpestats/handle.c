/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handle: opened, closed, and what every question about a connection begins with. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "handle.h"
#include "sized.h"

/* ---- Opening and closing ---- */

static uint32_t freshness_of(const struct tcpestats_options *options)
{
    if (!options || options->size < TE_END_OF(struct tcpestats_options, freshness_ms))
        return TCPESTATS_FRESHNESS_MS;
    return options->freshness_ms;
}

/* The descriptor of the network namespace that is meant, or -1: that of the calling thread. */
static int netns_fd_of(const struct tcpestats_options *options)
{
    return options && options->flags & TCPESTATS_OPEN_NETNS ? options->netns_fd : -1;
}

static bool are_good(const struct tcpestats_options *options)
{
    if (!options)
        return true;
    if (options->size < TE_OPTIONS_0 || options->flags & ~(uint32_t)TCPESTATS_OPEN_NETNS)
        return false;
    return !(options->flags & TCPESTATS_OPEN_NETNS) ||
           (options->size >= TE_END_OF(struct tcpestats_options, netns_fd) &&
            options->netns_fd >= 0);
}

static int open_handle(struct tcpestats *te, const struct tcpestats_options *options)
{
    int err;

    te_clock_init();
    te->freshness_ns = freshness_of(options) * UINT64_C(1000000);
    if (options && options->state_dir) {
        te->state_dir = strdup(options->state_dir);
        if (!te->state_dir)
            return -ENOMEM;
    }
    te_places_init(&te->places, te->state_dir);
    err = te_netns_init(&te->netns, netns_fd_of(options));
    if (!err)
        err = te_lanes_new(&te->lanes, &te->places);
    if (!err)
        err = te_collector_link_new(&te->link, &te->netns);
    return err;
}

int tcpestats_open(struct tcpestats **handle, const struct tcpestats_options *options)
{
    struct tcpestats *te;
    int err;

    if (!handle || !are_good(options))
        return -EINVAL;
    te = calloc(1, sizeof(*te));
    if (!te)
        return -ENOMEM;
    te->netns = (struct te_netns)TE_NETNS_INIT;
    err = open_handle(te, options);
    if (err) {
        tcpestats_close(te);
        return err;
    }
    *handle = te;
    return 0;
}

void tcpestats_close(struct tcpestats *te)
{
    if (!te)
        return;
    te_lanes_free(te->lanes);
    te_collector_link_free(te->link);
    te_netns_close(&te->netns);
    free(te->state_dir);
    free(te);
}

/* ---- A question ---- */

int te_query_of(const struct tcpestats_conn *conn, struct te_query *query)
{
    size_t bytes;

    if (!conn || conn->size < TE_CONN_0)
        return -EINVAL;
    if (conn->family != AF_INET && conn->family != AF_INET6)
        return -EAFNOSUPPORT;
    bytes = conn->family == AF_INET ? 4 : 16;

    memset(query, 0, sizeof(*query));
    query->tuple.family = conn->family;
    query->tuple.local_port = conn->local_port;
    query->tuple.remote_port = conn->remote_port;
    memcpy(query->tuple.local, conn->local, bytes);
    memcpy(query->tuple.remote, conn->remote, bytes);
    te_tuple_canonical(&query->tuple);
    if (conn->size >= TE_END_OF(struct tcpestats_conn, ifindex))
        query->ifindex = conn->ifindex;
    if (!query->ifindex && te_tuple_is_link_local(&query->tuple))
        query->ifindex = conn->scope_id;
    return 0;
}

bool te_classes_good(uint32_t classes)
{
    classes &= ~TCPESTATS_OFF_TOO;
    return classes && !(classes & ~TCPESTATS_CLASSES_ALL);
}

struct te_call te_call_for(uint32_t classes, struct tcpestats_snapshot *snapshot)
{
    return (struct te_call){
        .classes = classes & ~TCPESTATS_OFF_TOO,
        .off_too = classes & TCPESTATS_OFF_TOO,
        .snapshot = snapshot,
    };
}

void te_call_begin(struct te_call *call, struct tcpestats *te, struct te_lane_use *use)
{
    te_lane_acquire(te->lanes, use);
    call->te = te;
    call->lane = use->lane;
    call->query.want = te_want_of(call->classes);
    te_call_reset(call);
}

void te_call_reset(struct te_call *call)
{
    call->asked = 0;
    call->has_news = false;
    call->starts.known = 0;
}

void te_conn_name(struct tcpestats_conn *conn, const struct te_snapshot *s)
{
    memset(conn, 0, sizeof(*conn));
    conn->size = sizeof(*conn);
    conn->family = s->tuple.family;
    conn->local_port = s->tuple.local_port;
    conn->remote_port = s->tuple.remote_port;
    memcpy(conn->local, s->tuple.local, sizeof(conn->local));
    memcpy(conn->remote, s->tuple.remote, sizeof(conn->remote));
    conn->scope_id = te_tuple_is_link_local(&s->tuple) ? s->ifindex : 0;
}

void te_conn_fill(struct tcpestats_conn *conn, const struct te_snapshot *s, uint32_t enabled)
{
    struct tcpestats_conn full;

    memset(&full, 0, sizeof(full));
    memcpy(&full, conn, offsetof(struct tcpestats_conn, state));
    full.state = s->state;
    full.uid = s->uid;
    full.inode = s->inode;
    full.cookie = s->cookie;
    full.ifindex = s->ifindex;
    full.enabled = enabled;
    full.cgroup = s->cgroup;
    te_copy_out(conn, &full, sizeof(full));
}

int te_is_alive(void *arg, const struct te_ident *ident)
{
    struct te_call *call = arg;

    if (ident->netns != call->te->netns.id)
        return -EXDEV;
    return te_diag_alive(&call->lane->diag, &call->te->netns, ident->tuple, ident->ifindex,
                         ident->cookie);
}
