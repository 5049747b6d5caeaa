/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Get: from the collector's record alone, or by looking the connection up. */
#include <errno.h>
#include <string.h>

#include "collect.h"
#include "members/fields.h"
#include "sized.h"
#include "memory/state-internal.h"

/* So long at most is what the state said taken for granted. */
#define TRUST_NS UINT64_C(1000000000)

struct te_ident te_ident_of(const struct te_snapshot *s)
{
    return (struct te_ident){.netns = s->netns, .cookie = s->cookie};
}

void te_recall(struct tcpestats *te, struct te_lane *lane, const struct te_snapshot *s,
               struct te_entry *entry)
{
    struct te_ident ident = te_ident_of(s);

    if (te_state_read(&lane->state, te->state_dir, &ident, entry))
        memset(entry, 0, sizeof(*entry));
}

struct get_change {
    const struct te_snapshot *s;
    const struct te_bytes *b;
    const struct te_news *news;
    struct te_entry *merged;
    bool clock;
};

/* True if there is something that the next reader could not work out for himself. */
static bool merge(struct te_entry *entry, const struct get_change *change)
{
    struct te_carry before = entry->carry;
    bool changed;

    te_carry_merge(&entry->carry, &entry->track, entry->enabled, change->news);
    changed = te_track_merge(&entry->track, entry->enabled, change->s, change->b, change->clock);
    return te_carry_differs(&entry->carry, &before, change->clock) || changed;
}

/* Another reader may have stored newer extremes: merge into what is there now, and answer from it.
 */
static int get_change(struct te_entry *entry, bool existed, void *arg)
{
    const struct get_change *change = arg;
    bool changed;

    if (!existed)
        return 0;
    changed = merge(entry, change);
    *change->merged = *entry;
    return changed;
}

/* Members that count payload need SYN and FIN told apart from it. */
enum te_care te_care_of(enum tcpestats_class cls)
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

void te_remember(struct tcpestats *te, struct te_lane *lane, enum tcpestats_class cls,
                 const struct te_collect *c, const struct te_snapshot *s, const struct te_bytes *b,
                 struct te_entry *entry)
{
    const struct te_news news = te_collect_news(c, s, b);
    struct te_entry merged = *entry;
    struct get_change change = {s, b, &news, entry, cls == TCPESTATS_SND_CONG};
    struct te_ident ident = te_ident_of(s);
    int err = 0;

    if (!entry->enabled)
        return;
    if (merge(&merged, &change))
        err = te_state_update(&lane->state, te->state_dir, &ident, false, get_change, &change, NULL,
                              NULL);
    else
        *entry = merged;
    /* If it can't be stored, the caller still gets what it saw itself. */
    if (err)
        *entry = merged;
}

void te_sample_fill(struct tcpestats_sample *sample, enum tcpestats_class cls, uint32_t enabled,
                    const struct te_facts *facts, const struct te_choice *choice)
{
    bool inbound = cls == TCPESTATS_BANDWIDTH && (enabled & TE_ENABLED_INBOUND);

    /* In place: a sample is large, and its first version all there is. */
    _Static_assert(sizeof(*sample) == TE_SAMPLE_0, "else copy what the caller's has room for");
    sample->cls = cls;
    sample->cookie = facts->s->cookie;
    sample->time_ns = facts->s->time_ns;
    sample->enabled = enabled & TE_ENABLED(cls) ? TCPESTATS_ON : TCPESTATS_OFF;
    sample->enabled_inbound = inbound ? TCPESTATS_ON : TCPESTATS_OFF;
    if (choice)
        te_sources_read_chosen(sample, facts, choice);
    else
        te_sources_read_facts(sample, facts);
    memset(&sample->values[sample->count], 0,
           (TCPESTATS_CLASS_FIELDS_MAX - sample->count) * sizeof(sample->values[0]));
}

/* ---- Without a look-up ---- */

/* Has nothing been written since the copy that we have? A switch is thrown without a write. */
static bool is_unchanged(const struct te_hot *hot, const struct te_last *last)
{
    const struct te_record_head *head = &hot->record->head;

    return last->hot == hot && last->looks == hot->looks &&
           __atomic_load_n(&head->seq, __ATOMIC_ACQUIRE) == last->copy.head.seq &&
           __atomic_load_n(&head->changes, __ATOMIC_RELAXED) == hot->changes &&
           __atomic_load_n(&head->live, __ATOMIC_RELAXED) == 1 &&
           __atomic_load_n(&head->epoch, __ATOMIC_RELAXED) == hot->epoch;
}

/* Is the record the one we know, and has nobody thrown a switch since we read the state? */
static bool read_known(struct tcpestats *te, const struct te_hot *hot, struct te_last *last)
{
    const struct te_record_key key = {hot->tuple, hot->netns, hot->cookie, hot->epoch};
    bool unchanged;

    if (!hot->record || te_collector_view(te->link).start != hot->view.start)
        return false;
    unchanged = is_unchanged(hot, last);
    if (!unchanged) {
        last->hot = NULL;
        if (!te_record_read(hot->record, &key, &last->copy) ||
            last->copy.head.changes != hot->changes ||
            !(TE_DIAG_STATES >> last->copy.sock.state & 1))
            return false;
    }
    if (!te_collector_view_holds(te->link, &hot->view) || te_switches(hot->cookie) != hot->switches)
        return false;
    if (!unchanged) {
        te_snapshot_of_record(&last->copy, hot->info_len, &last->s);
        te_bytes_compute(&last->s, hot->entry.track.open, &last->b);
        last->merged_ns = 0;
        last->looks = hot->looks;
        last->hot = hot;
    }
    return true;
}

/*
 * Queues that the program itself fills and empties, without a segment that the collector could look
 * at: only an empty one is believed, so that who has read all its data sees that at once.
 */
static bool queues_hold(enum tcpestats_class cls, const struct te_bytes *b)
{
    if (cls == TCPESTATS_REC)
        return !b->unread;
    return cls != TCPESTATS_SEND_BUFF || (!b->unsent && !b->in_flight);
}

/* What is newer: the record, or what sock_diag last told. False: not enough for the class. */
static bool choose(struct te_hot *hot, struct te_last *last, enum tcpestats_class cls,
                   struct te_news *news)
{
    if (last->copy.head.time_ns > hot->s.time_ns) {
        if (!te_record_suffices(hot->view.features, hot->info_len))
            return false;
        news->s = &last->s;
        news->b = &last->b;
    } else if (hot->care >= te_care_of(cls) || hot->care >= TE_CARE_BYTES) {
        news->s = &hot->s;
        news->b = &hot->b;
    } else {
        return false;
    }
    news->at_ns = news->s->time_ns;
    if (cls == TCPESTATS_SYN_OPTS)
        return (news->b->open & TE_OPEN_MASK) != TE_OPEN_UNKNOWN;
    return queues_hold(cls, news->b);
}

/*
 * A program that has just sent or received wants to find it counted, and no hook that would be
 * worth its price sees that happen: the record is as old as the last segment from the peer.
 */
static bool must_be_present(enum tcpestats_class cls)
{
    return cls == TCPESTATS_DATA;
}

bool te_get_hot(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
                enum tcpestats_class cls, struct tcpestats_sample *sample)
{
    struct te_last *last;
    struct te_news news;
    struct te_hot *hot;
    struct te_facts facts;
    uint64_t now;

    if (!lane->hot || !te->freshness_ns || must_be_present(cls))
        return false;
    last = &lane->hot->last;
    hot = te_hot_find(lane->hot, query, te->netns.id);
    news = (struct te_news){.record = &last->copy};
    if (!hot || !read_known(te, hot, last) || !choose(hot, last, cls, &news))
        return false;
    /* Read after the copy: a record from the future, by another clock, is as old as can be. */
    now = te_now();
    if (now - hot->checked_ns >= TRUST_NS || now - news.at_ns > te->freshness_ns ||
        news.at_ns < te_shown_ns(hot->cookie))
        return false;
    if (last->merged_ns != news.at_ns) {
        te_carry_merge(&hot->entry.carry, &hot->entry.track, hot->entry.enabled, &news);
        last->merged_ns = news.at_ns;
    }
    facts = (struct te_facts){
        .s = news.s,
        .t = &hot->entry.track,
        .b = news.b,
        .c = &hot->entry.carry,
        .record = &last->copy,
        .have = te_facts_have(&last->copy, hot->view.features, &hot->entry.carry),
    };
    te_sample_fill(sample, cls, hot->entry.enabled, &facts,
                   te_hot_choice(lane->hot, news.s->info_len, facts.have));
    return true;
}

/* ---- With one ---- */

static int get_looking(struct tcpestats *te, struct te_lane *lane, struct te_query *query,
                       enum tcpestats_class cls, struct tcpestats_sample *sample)
{
    enum te_care care = te_care_of(cls);
    /* Looked up each time, it need not have the collector look each time, too. */
    uint64_t lag_ns = must_be_present(cls) ? te->freshness_ns : 0;
    struct te_collect c;
    struct te_snapshot s;
    struct te_bytes b;
    struct te_entry entry;
    struct te_facts facts;
    int err;

    query->want = want_of(cls);
    err = te_look(te, lane, query, &s);
    if (err)
        return err;
    te_collect_peek(te, lane, query, &s, &c);
    te_recall(te, lane, &s, &entry);
    if (te_collect_ask(te, lane, query, &s, entry.enabled, lag_ns, &c))
        te_recall(te, lane, &s, &entry);
    te_collect_newer(&c, &s);
    if (c.live && entry.track.open == TE_OPEN_UNKNOWN)
        entry.track.open = c.copy.events.open & TE_OPEN_MASK;
    err = te_look_closer(te, lane, query, care, entry.track.open, &s, &b);
    if (err)
        return err;
    te_remember(te, lane, cls, &c, &s, &b, &entry);
    facts = te_collect_facts(&c, &s, &b, &entry);
    te_sample_fill(sample, cls, entry.enabled, &facts, NULL);
    te_collect_keep(te, &c, &s, &b, care, &entry);
    return 0;
}

int tcpestats_get(struct tcpestats *te, const struct tcpestats_conn *conn, enum tcpestats_class cls,
                  struct tcpestats_sample *sample)
{
    struct te_lane_use use;
    struct te_query query;
    int err;

    if (!te || (unsigned)cls >= TCPESTATS_CLASS_COUNT || !sample || sample->size < TE_SAMPLE_0)
        return -EINVAL;
    err = te_query_of(conn, &query);
    if (err)
        return err;
    te_lane_acquire(te->lanes, &use);
    if (!te_get_hot(te, use.lane, &query, cls, sample))
        err = get_looking(te, use.lane, &query, cls, sample);
    te_lane_release(te->lanes, &use);
    return err;
}
