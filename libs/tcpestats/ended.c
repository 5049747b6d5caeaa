/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public functions that tell which connections have ended. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "alive.h"
#include "sized.h"

struct tcpestats_ends {
    struct tcpestats *te;
    struct te_destroyed destroyed;
    struct te_living living;
};

/* Every bit of tcpestats_conn.enabled. */
#define ENABLED_ALL (TCPESTATS_CLASSES_ALL | ON_INBOUND)

int tcpestats_ends_open(struct tcpestats *te, struct tcpestats_ends **result)
{
    struct tcpestats_ends *ends;
    int error;

    if (!te || !result)
        return -EINVAL;
    ends = calloc(1, sizeof(*ends));
    if (!ends)
        return -ENOMEM;
    ends->te = te;
    error = te_destroyed_open(&ends->destroyed, &te->netns);
    if (error) {
        free(ends);
        return error;
    }
    *result = ends;
    return 0;
}

void tcpestats_ends_close(struct tcpestats_ends *ends)
{
    if (!ends)
        return;
    te_destroyed_close(&ends->destroyed);
    te_living_free(&ends->living);
    free(ends);
}

int tcpestats_ends_fd(const struct tcpestats_ends *ends)
{
    return ends ? ends->destroyed.fd : -1;
}

/* ---- Those that live ---- */

static int see(const struct te_snapshot *s, void *ends)
{
    return te_living_add(&((struct tcpestats_ends *)ends)->living, s);
}

int tcpestats_ends_look(struct tcpestats_ends *ends)
{
    int error;

    if (!ends)
        return -EINVAL;
    te_living_begin_look(&ends->living, te_now());
    error = te_diag_dump(&ends->te->netns, TE_WANT_SKMEM | TE_WANT_QUEUES, see, ends);
    if (!error)
        te_living_end_look(&ends->living);
    else
        ends->living.began_ns = 0; /* what it did not find may have been there all the same */
    return error;
}

/* ---- Those that have ended ---- */

struct walk {
    struct tcpestats_ends *ends;
    struct te_call call;
    struct tcpestats_snapshot snapshot;
    int (*visit)(const struct tcpestats_end *end, void *arg);
    void *arg;
};

/* Of two sockets one after the other on one descriptor the cookie is the same. */
static const struct te_alive *find_seen(const struct walk *walk, const struct te_snapshot *s)
{
    const struct te_alive *seen = te_living_find(&walk->ends->living, s->cookie);

    if (!seen || te_is_disconnected(s) || !memcmp(&seen->now.tuple, &s->tuple, sizeof(s->tuple)))
        return seen;
    return NULL;
}

/* Which side opened: as it was seen, or remembered; else, where the ending hangs on it, a guess. */
static uint32_t opener_of(struct walk *walk, const struct te_snapshot *s,
                          const struct te_alive *seen)
{
    struct te_call *call = &walk->call;
    uint32_t open = seen ? seen->open : TE_OPEN_UNKNOWN;

    if (open == TE_OPEN_UNKNOWN)
        open = call->snapshot->entry.track.open;
    if (open == TE_OPEN_UNKNOWN && te_ending_needs_open(s))
        open = TE_OPEN_GUESSED |
               (te_diag_has_listener(&call->lane->diag, &call->te->netns, &s->tuple, 0) > 0
                    ? TE_OPEN_PASSIVE
                    : TE_OPEN_ACTIVE);
    return open;
}

/*
 * Completes the snapshot: with what is remembered, what the collector told, and this one itself.
 * All is local: nothing will be asked of this connection any more.
 */
static void complete(struct walk *walk, uint32_t open)
{
    struct tcpestats_snapshot *snapshot = walk->call.snapshot;
    struct te_entry *entry = &snapshot->entry;
    uint32_t was_on = entry->enabled;
    struct te_news news;

    te_consult(&walk->call, false);
    te_bytes_compute(&snapshot->now, open, &snapshot->bytes);
    news = te_news_of(&walk->call);
    te_carry_merge(&entry->carry, &entry->track, was_on, &news, true);
    te_track_merge(&entry->track, ENABLED_ALL, &snapshot->now, &snapshot->bytes, true);
    if (!snapshot->is_recorded && entry->carry.epoch)
        te_carry_keep(&entry->carry, &snapshot->now, &entry->track, &snapshot->bytes);
    entry->enabled = ENABLED_ALL;
    snapshot->classes = TCPESTATS_CLASSES_ALL;
}

/* The caller's clock; 0 stays "not known". */
static uint64_t to_caller(uint64_t ns)
{
    return ns ? ns + (uint64_t)te_clock_offset() : 0;
}

static void fill_conn(struct tcpestats_conn *conn, const struct te_snapshot *s, uint32_t enabled)
{
    te_conn_name(conn, s);
    te_conn_fill(conn, s, enabled);
    conn->state = TE_CLOSE;
}

static int visit_one(const struct te_snapshot *s, void *arg)
{
    struct walk *walk = arg;
    struct te_call *call = &walk->call;
    struct te_snapshot *now = &walk->snapshot.now;
    const struct te_alive *seen = find_seen(walk, s);
    bool is_empty = te_is_disconnected(s);
    struct tcpestats_conn conn;
    struct tcpestats_end end = {
        .size = sizeof(end),
        .time_ns = to_caller(s->time_ns),
        .seen_ns = seen ? to_caller(seen->first_ns) : 0,
        .unseen_ns = to_caller(seen ? seen->unseen_ns : walk->ends->living.began_ns),
        .conn = &conn,
        .snapshot = is_empty && !seen ? NULL : &walk->snapshot,
    };
    struct te_ending ending;
    uint32_t open;

    te_call_reset(call);
    *now = is_empty && seen ? seen->now : *s;
    if (seen) {
        now->ifindex = seen->now.ifindex;
        now->inode = seen->now.inode;
        now->uid = seen->now.uid;
    }
    te_recall(call);
    open = opener_of(walk, s, seen);
    ending = te_ending_of(s, open, seen ? seen->now.state : 0);
    fill_conn(&conn, now, walk->snapshot.entry.enabled);
    if (!is_empty)
        now->state = ending.state;
    if (end.snapshot)
        complete(walk, open);
    end.ending = ending.how;
    te_living_remove(&walk->ends->living, s->cookie);
    return walk->visit(&end, walk->arg);
}

int tcpestats_ended(struct tcpestats_ends *ends,
                    int (*visit)(const struct tcpestats_end *end, void *arg), void *arg,
                    uint64_t *lost)
{
    struct walk walk = {.ends = ends, .visit = visit, .arg = arg};
    struct te_lane_use use;
    int error;

    if (!ends || !visit)
        return -EINVAL;
    walk.call.classes = TCPESTATS_CLASSES_ALL;
    walk.call.snapshot = &walk.snapshot;
    te_call_begin(&walk.call, ends->te, &use);
    te_memory_ready(&walk.call.lane->memory, te_is_alive, &walk.call);
    error = te_destroyed_read(&ends->destroyed, &ends->te->netns, visit_one, &walk);
    te_lane_release(ends->te->lanes, &use);
    if (lost)
        *lost = ends->destroyed.lost;
    return error;
}
