/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public functions that touch a connection. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "members/fields.h"
#include "sized.h"
#include "members/sources.h"

static uint32_t freshness_of(const struct tcpestats_options *options)
{
    if (!options || options->size < TE_END_OF(struct tcpestats_options, freshness_ms))
        return TCPESTATS_FRESHNESS_MS;
    return options->freshness_ms;
}

static int netns_of(const struct tcpestats_options *options)
{
    return options && options->flags & TCPESTATS_OPEN_NETNS ? options->netns_fd : -1;
}

int tcpestats_open(struct tcpestats **handle, const struct tcpestats_options *options)
{
    struct tcpestats *te;
    int err;

    if (!handle || (options && (options->size < TE_OPTIONS_0 ||
                                (options->flags & ~(uint32_t)TCPESTATS_OPEN_NETNS) ||
                                (options->flags & TCPESTATS_OPEN_NETNS &&
                                 (options->size < TE_END_OF(struct tcpestats_options, netns_fd) ||
                                  options->netns_fd < 0)))))
        return -EINVAL;
    te = calloc(1, sizeof(*te));
    if (!te)
        return -ENOMEM;
    te->freshness_ns = freshness_of(options) * UINT64_C(1000000);
    err = te_netns_init(&te->netns, netns_of(options));
    if (err) {
        free(te);
        return err;
    }
    if (options) {
        if (options->state_dir) {
            te->state_dir = strdup(options->state_dir);
            if (!te->state_dir) {
                te_netns_close(&te->netns);
                free(te);
                return -ENOMEM;
            }
        }
    }
    err = te_lanes_new(&te->lanes);
    if (!err)
        err = te_collector_link_new(&te->link);
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

struct asking {
    struct te_diag *diag;
    const struct te_netns *netns;
};

static int alive(void *arg, const struct te_ident *ident, const struct te_entry *entry)
{
    const struct asking *asking = arg;

    if (ident->netns != asking->netns->id)
        return -EXDEV;
    return te_diag_alive(asking->diag, asking->netns, &entry->tuple, entry->ifindex, ident->cookie);
}

int tcpestats_find(struct tcpestats *te, struct tcpestats_conn *conn)
{
    struct te_lane_use use;
    struct te_query query;
    struct te_snapshot s;
    struct te_entry entry;
    int err;

    if (!te)
        return -EINVAL;
    err = te_query_of(conn, &query);
    if (err)
        return err;
    te_lane_acquire(te->lanes, &use);
    err = te_look(te, use.lane, &query, &s);
    if (!err) {
        te_recall(te, use.lane, &s, &entry);
        te_conn_fill(conn, &s, entry.enabled);
    }
    te_lane_release(te->lanes, &use);
    return err;
}

struct list_walk {
    struct tcpestats *te;
    struct te_lane *lane;
    int (*visit)(const struct tcpestats_conn *, void *);
    void *arg;
};

static int list_one(const struct te_snapshot *s, void *arg)
{
    struct list_walk *walk = arg;
    struct tcpestats_conn conn;
    struct te_entry entry;

    memset(&conn, 0, sizeof(conn));
    conn.size = sizeof(conn);
    conn.family = s->tuple.family;
    conn.local_port = s->tuple.local_port;
    conn.remote_port = s->tuple.remote_port;
    memcpy(conn.local, s->tuple.local, sizeof(conn.local));
    memcpy(conn.remote, s->tuple.remote, sizeof(conn.remote));
    conn.scope_id = s->ifindex;
    te_recall(walk->te, walk->lane, s, &entry);
    te_conn_fill(&conn, s, entry.enabled);
    return walk->visit(&conn, walk->arg);
}

int tcpestats_list(struct tcpestats *te, int (*visit)(const struct tcpestats_conn *, void *),
                   void *arg)
{
    struct list_walk walk = {te, NULL, visit, arg};
    struct te_lane_use use;
    int err;

    if (!te || !visit)
        return -EINVAL;
    te_lane_acquire(te->lanes, &use);
    walk.lane = use.lane;
    err = te_diag_dump(&te->netns, 0, list_one, &walk);
    te_lane_release(te->lanes, &use);
    return err;
}

/* ---- Set ---- */

struct set_change {
    const struct te_snapshot *s;
    const struct te_bytes *b;
    const struct te_news *news;
    uint32_t on, off; /* bits of te_entry.enabled */
    uint32_t before, enabled;
};

static int set_change(struct te_entry *entry, bool existed, void *arg)
{
    struct set_change *change = arg;

    /* Before a class goes off: what the collector told of it. */
    te_carry_merge(&entry->carry, &entry->track, entry->enabled, change->news);
    if (!existed)
        entry->tuple = change->s->tuple;
    entry->ifindex = change->s->ifindex;
    change->before = entry->enabled;
    entry->enabled = (entry->enabled | change->on) & ~change->off;
    change->enabled = entry->enabled;
    te_track_merge(&entry->track, entry->enabled, change->s, change->b, false);
    return 1;
}

static bool is_switch(int32_t value)
{
    return value >= TCPESTATS_UNCHANGED && value <= TCPESTATS_ON;
}

static void apply_switch(int32_t value, uint32_t bit, struct set_change *change)
{
    if (value == TCPESTATS_ON)
        change->on |= bit;
    if (value == TCPESTATS_OFF)
        change->off |= bit;
}

/* The switch is thrown; the collector may be there to do its part, or not. */
static void set_collector(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
                          const struct set_change *change, struct te_collect *c)
{
    struct te_snapshot s = *change->s;
    struct te_entry entry;
    struct te_bytes b;

    te_switched(s.cookie);
    if (change->before & change->off)
        te_collect_off(te, &s, change->before & change->off, c);
    if (change->on && te_collect_ask(te, lane, query, &s, change->enabled, 0, c)) {
        te_recall(te, lane, &s, &entry);
        te_collect_newer(c, &s);
        te_bytes_compute(&s, entry.track.open, &b);
        te_remember(te, lane, TCPESTATS_SYN_OPTS, c, &s, &b, &entry);
        te_collect_keep(te, c, &s, &b, TE_CARE_LITTLE, &entry);
    }
}

int tcpestats_set(struct tcpestats *te, const struct tcpestats_conn *conn, enum tcpestats_class cls,
                  const struct tcpestats_rw *rw)
{
    struct set_change change = {0};
    struct te_lane_use use;
    struct te_query query;
    struct te_snapshot s;
    struct te_bytes b;
    struct te_ident ident;
    struct te_collect collect;
    struct te_news news;
    int err;

    if (!te || !te_class_has_switch(cls) || !rw || rw->size < TE_RW_0 || !is_switch(rw->enable) ||
        (cls == TCPESTATS_BANDWIDTH && !is_switch(rw->enable_inbound)))
        return -EINVAL;
    err = te_query_of(conn, &query);
    if (err)
        return err;
    apply_switch(rw->enable, TE_ENABLED(cls), &change);
    if (cls == TCPESTATS_BANDWIDTH)
        apply_switch(rw->enable_inbound, TE_ENABLED_INBOUND, &change);

    te_lane_acquire(te->lanes, &use);
    err = te_look(te, use.lane, &query, &s);
    if (!err && (change.on || change.off)) {
        te_bytes_compute(&s, TE_OPEN_UNKNOWN, &b);
        te_collect_peek(te, use.lane, &query, &s, &collect);
        news = te_collect_news(&collect, &s, &b);
        change.s = &s;
        change.b = &b;
        change.news = &news;
        ident = te_ident_of(&s);
        err = te_state_update(&use.lane->state, te->state_dir, &ident, change.on != 0, set_change,
                              &change, alive, &(struct asking){&use.lane->diag, &te->netns});
        /* What was never switched on is off. */
        if (err == -ENOENT && !change.on)
            err = 0;
        else if (!err)
            set_collector(te, use.lane, &query, &change, &collect);
    }
    te_lane_release(te->lanes, &use);
    return err;
}
