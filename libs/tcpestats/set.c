/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Switching classes on and off. */
#include <errno.h>
#include <string.h>

#include "handle.h"
#include "sized.h"

#define CHANGE_TRIES 100

/* What is to be thrown; bits as in tcpestats_conn.enabled. */
struct switches {
    uint32_t on, off;
    uint32_t before; /* what was on */
};

static bool is_switch(int32_t value)
{
    return value >= TCPESTATS_UNCHANGED && value <= TCPESTATS_ON;
}

static void add_switch(int32_t value, uint32_t bit, struct switches *switches)
{
    if (value == TCPESTATS_ON)
        switches->on |= bit;
    if (value == TCPESTATS_OFF)
        switches->off |= bit;
}

/*
 * Takes in what is known so far, for what was on: it belongs to the time before the switch. What
 * comes on begins with this look.
 */
static void change_entry(struct te_call *call, struct switches *switches)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    struct te_entry *entry = &snapshot->entry;
    const struct te_news news = te_news_of(call);

    te_carry_merge(&entry->carry, &entry->track, entry->enabled, &news, false);
    entry->enabled = (entry->enabled | switches->on) & ~switches->off;
    entry->record.asked &= ~switches->off;
    call->switched = switches->on & ~switches->before;
    te_begin_classes(entry, call->switched, 0);
    te_track_merge(&entry->track, entry->enabled, news.s, news.b, false);
    te_note_begun(snapshot, call->switched);
}

/* One try. -EAGAIN: somebody else was faster. */
static int throw_once(struct te_call *call, struct switches *switches)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    const struct te_snapshot *now = &snapshot->now;
    const struct te_ident ident = {now->cookie, now->netns, &now->tuple, now->ifindex};
    struct te_memory *memory = &call->lane->memory;

    te_recall(call);
    switches->before = snapshot->entry.enabled;
    /* What was never switched on is off. */
    if (!((~snapshot->entry.enabled & switches->on) | (snapshot->entry.enabled & switches->off)))
        return 0;
    te_consult(call, false);
    te_bytes_compute(now, snapshot->entry.track.open, &snapshot->bytes);
    change_entry(call, switches);
    if (call->ref.slot)
        return te_memory_write(memory, &call->ref, &snapshot->entry);
    return te_memory_add(memory, &ident, &snapshot->entry, te_is_alive, call);
}

static int throw_switches(struct te_call *call, struct switches *switches)
{
    struct te_snapshot *now = &call->snapshot->now;
    int err = te_look(call, now);

    if (err)
        return err;
    te_memory_ready(&call->lane->memory, te_is_alive, call);
    err = -EAGAIN;
    for (int i = 0; err == -EAGAIN && i < CHANGE_TRIES; i++)
        err = throw_once(call, switches);
    if (err == -EAGAIN)
        return -EBUSY;
    if (err)
        return err;
    /* The switch is thrown; the collector may be there to do its part, or not. */
    if (switches->before & switches->off)
        te_collector_disable(call->te->link, now, switches->before & switches->off);
    if (te_may_ask(call, switches->on))
        te_complete(call, true);
    return 0;
}

int tcpestats_set(struct tcpestats *te, const struct tcpestats_conn *conn, enum tcpestats_class cls,
                  const struct tcpestats_rw *rw)
{
    struct tcpestats_snapshot snapshot;
    struct te_call call = {.snapshot = &snapshot};
    struct switches switches = {0, 0, 0};
    struct te_lane_use use;
    int err;

    if (!te || !te_class_has_switch(cls) || !rw || rw->size < TE_RW_0 || !is_switch(rw->enable) ||
        (cls == TCPESTATS_BANDWIDTH && !is_switch(rw->enable_inbound)))
        return -EINVAL;
    err = te_query_of(conn, &call.query);
    if (err)
        return err;
    add_switch(rw->enable, TE_CLASS_BIT(cls), &switches);
    if (cls == TCPESTATS_BANDWIDTH)
        add_switch(rw->enable_inbound, ON_INBOUND, &switches);
    te_call_begin(&call, te, &use);
    err = throw_switches(&call, &switches);
    te_lane_release(te->lanes, &use);
    return err;
}
