/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "links.h"
#include "scan.h"
#include "since.h"
#include "base/base.h"
#include "stats.h"
#include "store.h"

/* A question asked and answered: the socket, what is there, and the guard. */
struct session {
    struct te_guard guard;
    struct lk_ask ask;
    struct lk_scan scan;
};

/* No link has handle 0, which stands for all of them. */
#define ALL 0

/*
 * From here to end() the thread cannot be killed or suspended: libnl takes memory from the heap,
 * and others would wait for its lock.
 */
static int begin(struct session *s, uint32_t handle)
{
    int error;

    memset(s, 0, sizeof(*s));
    te_guard_enter(&s->guard);
    error = lk_ask_open(&s->ask);
    if (!error)
        error = lk_scan(&s->ask, handle, &s->scan);
    return error;
}

static int end(struct session *s, int error)
{
    lk_scan_free(&s->scan);
    lk_ask_close(&s->ask);
    te_guard_leave(&s->guard);
    return error;
}

static int add_link(struct session *s, struct lk_table *table, const struct lk_link *link)
{
    enum lk_since since;
    struct lk_record record = {
        .netns = s->scan.netns, .identity = link->identity, .index = link->index};

    record.touched_ns = lk_now();
    record.since_ns = lk_since(&s->ask, link, &since);
    record.since = since;
    return lk_table_put(table, &record);
}

/* Of links in other namespaces nothing is known, so theirs stay until room is short. */
static void drop_dead(const struct session *s, struct lk_table *table)
{
    uint32_t kept = 0;

    if (!s->scan.complete)
        return;
    for (uint32_t i = 0; i < table->count; i++) {
        const struct lk_record *record = &table->record[i];
        bool alive = record->netns != s->scan.netns;

        for (size_t j = 0; j < s->scan.count && !alive; j++)
            alive = s->scan.link[j].identity == record->identity &&
                    s->scan.link[j].index == record->index;
        if (alive)
            table->record[kept++] = *record;
    }
    table->count = kept;
}

/* Takes note of connected links that are not in the table. 1: there was none. */
static int note_new(struct lk_table *table, void *arg)
{
    struct session *s = arg;
    int result = 1, error;

    for (size_t i = 0; i < s->scan.count; i++) {
        const struct lk_link *link = &s->scan.link[i];

        if (!link->connected || lk_table_find(table, s->scan.netns, link))
            continue;
        if (result)
            drop_dead(s, table);
        error = add_link(s, table, link);
        if (error)
            return error;
        result = 0;
    }
    return result;
}

/* Takes note of what is not known yet. Where that cannot be, it stays unknown. */
static void note_all(struct session *s, const char *state_dir)
{
    struct lk_table table;
    bool missing = false;

    if (lk_store_read(state_dir, &table))
        return;
    for (size_t i = 0; i < s->scan.count && !missing; i++)
        missing = s->scan.link[i].connected &&
                  !lk_table_find(&table, s->scan.netns, &s->scan.link[i]);
    lk_table_free(&table);
    if (missing)
        lk_store_change(state_dir, note_new, s);
}

int lk_list(const char *state_dir, lk_visit *visit, void *arg)
{
    struct session s;
    int result = begin(&s, ALL);

    if (result)
        return end(&s, result);
    note_all(&s, state_dir);
    for (size_t i = 0; i < s.scan.count && !result; i++)
        if (s.scan.link[i].connected)
            result = visit(&s.scan.link[i], arg);
    return end(&s, result);
}

int lk_find(uint32_t handle, struct lk_link *link)
{
    struct session s;
    const struct lk_link *found;
    int error = begin(&s, handle);

    if (error)
        return end(&s, error);
    found = lk_scan_find(&s.scan, handle);
    if (found)
        *link = *found;
    return end(&s, found ? 0 : -ENODEV);
}

static uint64_t duration_ms(struct session *s, const struct lk_link *link,
                            const struct lk_record *record, enum lk_since *since)
{
    uint64_t start, now;

    if (record) {
        start = record->since_ns;
        *since = record->since;
    } else {
        start = lk_since(&s->ask, link, since);
    }
    now = lk_now();
    return now > start ? (now - start) / 1000000 : 0;
}

/* 1: the link was not known, and is now; the table has to be read again. */
static int stats_from(struct session *s, const char *state_dir, const struct lk_table *table,
                      uint32_t handle, uint32_t subentry, bool may_note, struct lk_stats *stats)
{
    const struct lk_link *link = lk_scan_find(&s->scan, handle);
    const struct lk_record *record;
    struct lk_stats out;
    uint64_t duration;

    if (!link || subentry > 1)
        return link ? -ENOTCONN : -ENODEV;
    record = lk_table_find(table, s->scan.netns, link);
    if (!record && link->connected && may_note && !lk_store_change(state_dir, note_new, s))
        return 1;
    duration = duration_ms(s, link, record, &out.since);
    lk_stats_compute(link->counter, record ? record->base : NULL, lk_speed(link->name), duration,
                     out.value);
    *stats = out;
    return 0;
}

int lk_stats(const char *state_dir, uint32_t handle, uint32_t subentry, struct lk_stats *stats)
{
    int result = 1;

    for (int tries = 0; result == 1; tries++) {
        struct te_guard guard;
        struct lk_table table;
        struct session s;

        /*
         * Before the counters are: were they cleared in between, they would be less than what they
         * were cleared by.
         */
        te_guard_enter(&guard);
        if (lk_store_read(state_dir, &table))
            table = (struct lk_table){NULL, 0};
        result = begin(&s, handle);
        if (!result)
            result = stats_from(&s, state_dir, &table, handle, subentry, !tries, stats);
        end(&s, result);
        lk_table_free(&table);
        te_guard_leave(&guard);
    }
    return result;
}

struct clearing {
    struct session *s;
    const struct lk_link *link;
};

static int set_base(struct lk_table *table, void *arg)
{
    const struct clearing *clearing = arg;
    const struct lk_link *link = clearing->link;
    struct lk_record *record = lk_table_find(table, clearing->s->scan.netns, link);
    int error = 0;

    if (!record) {
        drop_dead(clearing->s, table);
        error = add_link(clearing->s, table, link);
        record = lk_table_find(table, clearing->s->scan.netns, link);
    }
    if (error || !record)
        return error ? error : -EIO;
    record->touched_ns = lk_now();
    memcpy(record->base, link->counter, sizeof(record->base));
    return 0;
}

int lk_clear(const char *state_dir, uint32_t handle, uint32_t subentry)
{
    struct session s;
    const struct lk_link *link;
    int error = begin(&s, handle);

    if (error)
        return end(&s, error);
    link = lk_scan_find(&s.scan, handle);
    if (!link)
        return end(&s, -ENODEV);
    if (subentry > 1 || (subentry == 1 && !link->connected))
        return end(&s, -ENOTCONN);
    return end(&s, lk_store_change(state_dir, set_base, &(struct clearing){&s, link}));
}
