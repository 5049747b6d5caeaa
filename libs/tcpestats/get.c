/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public functions that read a connection. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "sized.h"

/* ---- Snapshots ---- */

int tcpestats_snapshot_new(struct tcpestats_snapshot **snapshot)
{
    struct tcpestats_snapshot *fresh;

    if (!snapshot)
        return -EINVAL;
    fresh = calloc(1, sizeof(*fresh));
    if (!fresh)
        return -ENOMEM;
    *snapshot = fresh;
    return 0;
}

void tcpestats_snapshot_free(struct tcpestats_snapshot *snapshot)
{
    free(snapshot);
}

static int take(struct tcpestats *te, const struct tcpestats_conn *conn, uint32_t classes,
                struct tcpestats_snapshot *snapshot)
{
    struct te_call call = te_call_for(classes, snapshot);
    struct te_lane_use use;
    int err = te_query_of(conn, &call.query);

    if (err)
        return err;
    te_call_begin(&call, te, &use);
    err = te_take(&call);
    te_lane_release(te->lanes, &use);
    return err;
}

int tcpestats_take(struct tcpestats *te, const struct tcpestats_conn *conn, uint32_t classes,
                   struct tcpestats_snapshot *snapshot)
{
    int err;

    if (!te || !snapshot || !te_classes_good(classes))
        return -EINVAL;
    err = take(te, conn, classes, snapshot);
    if (err)
        snapshot->classes = 0;
    return err;
}

int tcpestats_take_own(struct tcpestats *te, int fd, uint32_t classes,
                       struct tcpestats_snapshot *snapshot)
{
    struct te_call call = te_call_for(classes, snapshot);
    struct te_lane_use use;
    int err;

    if (!te || !snapshot || !te_classes_good(classes))
        return -EINVAL;
    call.own_fd = &fd;
    te_call_begin(&call, te, &use);
    err = te_take(&call);
    te_lane_release(te->lanes, &use);
    if (err)
        snapshot->classes = 0;
    return err;
}

/* ---- Reading ---- */

static void set_switches(struct tcpestats_sample *sample, uint32_t classes)
{
    bool inbound = sample->cls == TCPESTATS_BANDWIDTH && classes & ON_INBOUND;

    sample->enabled = classes & TE_CLASS_BIT(sample->cls) ? TCPESTATS_ON : TCPESTATS_OFF;
    sample->enabled_inbound = inbound ? TCPESTATS_ON : TCPESTATS_OFF;
}

void te_fill_sample(struct tcpestats_sample *sample, enum tcpestats_class cls,
                    const struct tcpestats_snapshot *snapshot)
{
    const uint32_t enabled = snapshot->entry.enabled;
    const uint32_t shown = snapshot->off_too ? ~0u : enabled;
    const struct te_record_copy *record = snapshot->is_recorded ? &snapshot->record : &te_no_record;
    const struct te_facts facts = {
        .s = &snapshot->now,
        .t = &snapshot->entry.track,
        .b = &snapshot->bytes,
        .c = &snapshot->entry.carry,
        .record = record,
        .have = te_facts_have(record, snapshot->features, &snapshot->entry.carry),
        .since_ns = enabled ? snapshot->entry.record.since_ns[cls] : 0,
    };

    sample->cls = cls;
    sample->cookie = facts.s->cookie;
    sample->time_ns = facts.s->time_ns + (uint64_t)te_clock_offset();
    set_switches(sample, shown);
    te_sources_read(sample, &facts);
    set_switches(sample, enabled);
    memset(&sample->values[sample->count], 0,
           (TCPESTATS_CLASS_FIELDS_MAX - sample->count) * sizeof(sample->values[0]));
    if (sample->size >= TE_END_OF(struct tcpestats_sample, since_ns))
        sample->since_ns = facts.since_ns ? facts.since_ns + (uint64_t)te_clock_offset() : 0;
    if (sample->size >= TE_END_OF(struct tcpestats_sample, record_age_ns))
        sample->record_age_ns = !snapshot->is_recorded || record->head.time_ns > facts.s->time_ns
                                    ? 0
                                    : facts.s->time_ns - record->head.time_ns;
}

int tcpestats_read(const struct tcpestats_snapshot *snapshot, enum tcpestats_class cls,
                   struct tcpestats_sample *sample)
{
    if (!snapshot || (unsigned)cls >= TCPESTATS_CLASS_COUNT ||
        !(snapshot->classes & TE_CLASS_BIT(cls)) || !sample || sample->size < TE_SAMPLE_0)
        return -EINVAL;
    te_fill_sample(sample, cls, snapshot);
    return 0;
}

int tcpestats_get(struct tcpestats *te, const struct tcpestats_conn *conn, enum tcpestats_class cls,
                  struct tcpestats_sample *sample)
{
    struct tcpestats_snapshot snapshot;
    int err;

    if (!te || (unsigned)cls >= TCPESTATS_CLASS_COUNT || !sample || sample->size < TE_SAMPLE_0)
        return -EINVAL;
    err = take(te, conn, TE_CLASS_BIT(cls), &snapshot);
    if (!err)
        te_fill_sample(sample, cls, &snapshot);
    return err;
}
