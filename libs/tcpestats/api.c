/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public functions that touch a connection. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "fields.h"
#include "sized.h"
#include "sources.h"

int tcpestats_open(struct tcpestats **handle, const struct tcpestats_options *options)
{
    struct tcpestats *te;
    int err;

    if (!handle || (options && (options->size < TE_OPTIONS_0 ||
                                (options->flags & ~(uint32_t)TCPESTATS_OPEN_NETNS_FIXED))))
        return -EINVAL;
    te = calloc(1, sizeof(*te));
    if (!te)
        return -ENOMEM;
    if (options) {
        te->netns_fixed = options->flags & TCPESTATS_OPEN_NETNS_FIXED;
        if (options->state_dir) {
            te->state_dir = strdup(options->state_dir);
            if (!te->state_dir) {
                free(te);
                return -ENOMEM;
            }
        }
    }
    err = te_lanes_new(&te->lanes);
    if (err) {
        free(te->state_dir);
        free(te);
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
    free(te->state_dir);
    free(te);
}

static struct te_ident ident_of(const struct te_snapshot *s)
{
    return (struct te_ident){.netns = s->netns, .cookie = s->cookie};
}

/* What is remembered of a connection; nothing, with everything off, if that can't be looked at: a
 * broken state file must not keep anybody from reading numbers. */
static void recall(struct tcpestats *te, struct te_lane *lane, const struct te_snapshot *s,
                   struct te_entry *entry)
{
    struct te_ident ident = ident_of(s);

    if (te_state_read(&lane->state, te->state_dir, &ident, entry))
        memset(entry, 0, sizeof(*entry));
}

static int alive(void *arg, const struct te_ident *ident, const struct te_entry *entry)
{
    struct te_diag *diag = arg;

    if (ident->netns != diag->netns)
        return -EXDEV;
    return te_diag_alive(diag, &entry->tuple, entry->ifindex, ident->cookie);
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
        recall(te, use.lane, &s, &entry);
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
    recall(walk->te, walk->lane, s, &entry);
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
    err = te_diag_dump(0, list_one, &walk);
    te_lane_release(te->lanes, &use);
    return err;
}

/* ---- Set ---- */

struct set_change {
    const struct te_snapshot *s;
    const struct te_bytes *b;
    uint32_t on, off; /* bits of te_entry.enabled */
};

static int set_change(struct te_entry *entry, bool existed, void *arg)
{
    const struct set_change *change = arg;

    if (!existed)
        entry->tuple = change->s->tuple;
    entry->ifindex = change->s->ifindex;
    entry->enabled = (entry->enabled | change->on) & ~change->off;
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

int tcpestats_set(struct tcpestats *te, const struct tcpestats_conn *conn, enum tcpestats_class cls,
                  const struct tcpestats_rw *rw)
{
    struct set_change change = {0};
    struct te_lane_use use;
    struct te_query query;
    struct te_snapshot s;
    struct te_bytes b;
    struct te_ident ident;
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
        change.s = &s;
        change.b = &b;
        ident = ident_of(&s);
        err = te_state_update(&use.lane->state, te->state_dir, &ident, change.on != 0, set_change,
                              &change, alive, &use.lane->diag);
        /* What was never switched on is off. */
        if (err == -ENOENT && !change.on)
            err = 0;
    }
    te_lane_release(te->lanes, &use);
    return err;
}

/* ---- Get ---- */

struct get_change {
    const struct te_snapshot *s;
    const struct te_bytes *b;
    struct te_entry *merged;
    bool clock;
};

/* Another reader may have stored newer extremes: merge into what is there now, and answer from it.
 */
static int get_change(struct te_entry *entry, bool existed, void *arg)
{
    const struct get_change *change = arg;
    bool changed;

    if (!existed)
        return 0;
    changed = te_track_merge(&entry->track, entry->enabled, change->s, change->b, change->clock);
    *change->merged = *entry;
    return changed;
}

/* Members that count payload need SYN and FIN told apart from it. */
static enum te_care care_of(enum tcpestats_class cls)
{
    static const uint8_t care[TCPESTATS_CLASS_COUNT] = {
        [TCPESTATS_SYN_OPTS] = TE_CARE_OPENER,
        [TCPESTATS_DATA] = TE_CARE_BYTES,
        [TCPESTATS_SEND_BUFF] = TE_CARE_QUEUES,
    };

    return care[cls];
}

/* What tcp_info does not have is asked for only where it is shown. */
static uint32_t want_of(enum tcpestats_class cls)
{
    static const uint8_t want[TCPESTATS_CLASS_COUNT] = {
        [TCPESTATS_DATA] = TE_WANT_SKMEM,
        [TCPESTATS_BANDWIDTH] = TE_WANT_CONG,
    };

    return want[cls];
}

static void remember(struct tcpestats *te, struct te_lane *lane, enum tcpestats_class cls,
                     const struct te_snapshot *s, const struct te_bytes *b, struct te_entry *entry)
{
    bool clock = cls == TCPESTATS_SND_CONG;
    struct te_entry merged = *entry;
    struct get_change change = {s, b, entry, clock};
    struct te_ident ident = ident_of(s);
    int err = 0;

    if (!entry->enabled)
        return;
    if (te_track_merge(&merged.track, merged.enabled, s, b, clock))
        err = te_state_update(&lane->state, te->state_dir, &ident, false, get_change, &change, NULL,
                              NULL);
    else
        *entry = merged;
    /* If it can't be stored, the caller still gets what it saw itself. */
    if (err)
        *entry = merged;
}

static void fill(struct tcpestats_sample *sample, enum tcpestats_class cls,
                 const struct te_snapshot *s, const struct te_bytes *b, const struct te_entry *e)
{
    bool inbound = cls == TCPESTATS_BANDWIDTH && (e->enabled & TE_ENABLED_INBOUND);
    struct tcpestats_sample full = {
        .cls = cls,
        .cookie = s->cookie,
        .time_ns = s->time_ns,
        .enabled = e->enabled & TE_ENABLED(cls) ? TCPESTATS_ON : TCPESTATS_OFF,
        .enabled_inbound = inbound ? TCPESTATS_ON : TCPESTATS_OFF,
    };

    te_sources_read(&full, s, &e->track, b);
    te_copy_out(sample, &full, sizeof(full));
}

int tcpestats_get(struct tcpestats *te, const struct tcpestats_conn *conn, enum tcpestats_class cls,
                  struct tcpestats_sample *sample)
{
    struct te_lane_use use;
    struct te_query query;
    struct te_snapshot s;
    struct te_bytes b;
    struct te_entry entry;
    int err;

    if (!te || (unsigned)cls >= TCPESTATS_CLASS_COUNT || !sample || sample->size < TE_SAMPLE_0)
        return -EINVAL;
    err = te_query_of(conn, &query);
    if (err)
        return err;

    query.want = want_of(cls);
    te_lane_acquire(te->lanes, &use);
    err = te_look(te, use.lane, &query, &s);
    if (!err) {
        recall(te, use.lane, &s, &entry);
        err = te_look_closer(te, use.lane, &query, care_of(cls), entry.track.open, &s, &b);
    }
    if (!err) {
        remember(te, use.lane, cls, &s, &b, &entry);
        fill(sample, cls, &s, &b, &entry);
    }
    te_lane_release(te->lanes, &use);
    return err;
}
