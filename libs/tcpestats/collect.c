/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "collect.h"
#include "kernel/exchange.h"
#include "members/fields.h"
#include "memory/state-internal.h"

#define SECOND_NS UINT64_C(1000000000)
#define NAP_NS 200000
#define NAPS_MAX 10
#define REST_NS UINT64_C(200000) /* the programs look at a connection that rests for so long */

static bool is_being_written(const struct te_collector_record *record)
{
    return __atomic_load_n(&record->head.seq, __ATOMIC_ACQUIRE) & 1;
}

/*
 * A record that stays in the middle of a write is one whose writer's processor was taken away, by a
 * hypervisor for instance: worth waiting for, since without it the numbers change their source.
 */
static bool read_record(struct tcpestats *te, const struct te_collector_record *record,
                        const struct te_collector_view *view, const struct te_snapshot *s,
                        uint64_t epoch, struct te_record_copy *copy)
{
    const struct te_record_key key = {s->tuple, s->netns, s->cookie, epoch};
    const struct timespec nap = {.tv_nsec = NAP_NS};

    for (int naps = 0; !te_record_read(record, &key, copy); naps++) {
        if (naps == NAPS_MAX || !is_being_written(record))
            return false;
        nanosleep(&nap, NULL);
    }
    return te_collector_view_holds(te->link, view);
}

/* Nothing is known but the name. */
static void forget(struct te_hot *hot, uint64_t cookie)
{
    hot->cookie = cookie;
    hot->record = NULL;
    hot->asked = 0;
    hot->refused_ns = 0;
    hot->s.time_ns = 0;
    memset(&hot->entry, 0, sizeof(hot->entry));
}

/* Its daemon has gone, or has let it go: what it told to the end is not lost. */
static void take_last_words(struct tcpestats *te, struct te_collect *c)
{
    struct te_hot *hot = c->hot;
    struct te_news news = {.record = &c->gone};

    c->last = te_record_copy(hot->record, &c->gone) &&
              te_collector_view_holds(te->link, &hot->view) && c->gone.head.epoch == hot->epoch &&
              c->gone.head.cookie == hot->cookie && hot->entry.carry.epoch == hot->epoch;
    if (c->last) {
        news.at_ns = c->gone.head.time_ns;
        te_carry_merge(&hot->entry.carry, &hot->entry.track, hot->entry.enabled, &news);
    }
    hot->record = NULL;
}

void te_collect_peek(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
                     const struct te_snapshot *s, struct te_collect *c)
{
    c->hot = te_hot_find(lane->hot, query, lane->diag.netns);
    c->record = NULL;
    c->live = c->last = false;
    c->asked = 0;
    c->starts.known = 0;
    c->switches = te_switches(s->cookie);
    c->checked_ns = te_now();
    /* Another connection on the same addresses and ports? */
    if (c->hot && c->hot->cookie != s->cookie)
        forget(c->hot, s->cookie);
    if (!c->hot || !c->hot->record)
        return;
    c->live = te_collector_view(te->link).start == c->hot->view.start &&
              !te_collector_gone(te->link) &&
              read_record(te, c->hot->record, &c->hot->view, s, c->hot->epoch, &c->copy);
    c->record = c->hot->record;
    c->view = c->hot->view;
    if (!c->live)
        take_last_words(te, c);
}

static void make_hot(struct te_lane *lane, const struct te_query *query,
                     const struct te_snapshot *s, struct te_collect *c)
{
    if (c->hot || lane->temporary)
        return;
    c->hot = te_hot_make(&lane->hot, query, lane->diag.netns);
    if (c->hot)
        forget(c->hot, s->cookie);
}

/*
 * Has something happened since the record's last look, which comes with the next segment only? Not
 * while there was no time for the connection to come to rest: then the next segment is near.
 */
static bool is_behind(const struct te_collect *c, const struct te_snapshot *s, uint64_t lag_ns)
{
    const struct te_record_sock *k = &c->copy.sock;
    const struct te_tcp_info *ti = &s->info;

    return c->live && s->time_ns > c->copy.head.time_ns + (lag_ns > REST_NS ? lag_ns : REST_NS) &&
           (ti->tcpi_segs_in != k->segs_in || ti->tcpi_segs_out != k->segs_out ||
            ti->tcpi_bytes_acked != k->bytes_acked ||
            ti->tcpi_bytes_received != k->bytes_received || ti->tcpi_rtt != k->srtt_us ||
            ti->tcpi_rttvar != k->mdev_us || ti->tcpi_snd_cwnd != k->snd_cwnd ||
            ti->tcpi_snd_wnd != k->snd_wnd || ti->tcpi_ca_state != k->ca_state ||
            ti->tcpi_notsent_bytes != k->write_seq - k->snd_nxt);
}

/* Has it what we want, by our own asking? Another user's may end any moment. */
static bool has(const struct te_collect *c, uint32_t enabled)
{
    return c->live && !(enabled & ~c->copy.head.enabled) && c->hot && !(enabled & ~c->hot->asked);
}

bool te_collect_ask(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
                    const struct te_snapshot *s, uint32_t enabled, uint64_t lag_ns,
                    struct te_collect *c)
{
    struct te_collector_view view;
    struct te_record_copy copy;
    uint32_t slot;
    int rc;

    if (!enabled || (has(c, enabled) && !is_behind(c, s, lag_ns)) ||
        c->checked_ns < atomic_load_explicit(&te->quiet_ns, memory_order_relaxed) ||
        (c->hot && c->checked_ns < c->hot->refused_ns + SECOND_NS))
        return false;
    rc = te_collector_enable(te->link, s, enabled, &view, &slot, &c->starts);
    if (rc == -ENOTCONN || rc == -EPERM) {
        atomic_store_explicit(&te->quiet_ns, c->checked_ns + SECOND_NS, memory_order_relaxed);
        return false;
    }
    make_hot(lane, query, s, c);
    /* What it will not do again soon is not asked for again soon; a live record stays as it is. */
    if (c->hot && rc)
        c->hot->refused_ns = c->checked_ns;
    if (rc)
        return false;
    if (!read_record(te, &view.records[slot], &view, s, 0, &copy)) {
        /* What was read before still stands, unless it is another daemon's. */
        c->live = c->live && view.start == c->view.start;
        if (c->hot)
            c->hot->refused_ns = c->checked_ns;
        return false;
    }
    c->live = true;
    c->copy = copy;
    c->record = &view.records[slot];
    c->view = view;
    c->asked = enabled;
    if (c->hot)
        c->hot->asked |= enabled;
    return true;
}

void te_collect_newer(const struct te_collect *c, struct te_snapshot *s)
{
    struct te_snapshot of_record;

    if (!c->live || !te_record_suffices(c->view.features, s->info_len) ||
        c->copy.head.time_ns <= s->time_ns || !(TE_DIAG_STATES >> c->copy.sock.state & 1))
        return;
    te_snapshot_of_record(&c->copy, s->info_len, &of_record);
    of_record.ifindex = s->ifindex;
    of_record.inode = s->inode;
    of_record.uid = s->uid;
    *s = of_record;
}

struct te_news te_collect_news(const struct te_collect *c, const struct te_snapshot *s,
                               const struct te_bytes *b)
{
    return (struct te_news){
        .s = s,
        .b = b,
        .record = c->live ? &c->copy : NULL,
        .last = c->last ? &c->gone : NULL,
        .starts = &c->starts,
        .at_ns = s->time_ns,
        .mine = c->hot ? &c->hot->entry.carry : NULL,
        .mine_track = c->hot ? &c->hot->entry.track : NULL,
    };
}

struct te_facts te_collect_facts(const struct te_collect *c, const struct te_snapshot *s,
                                 const struct te_bytes *b, const struct te_entry *entry)
{
    const struct te_record_copy *record = c->live ? &c->copy : &te_no_record;

    return (struct te_facts){
        .s = s,
        .t = &entry->track,
        .b = b,
        .c = &entry->carry,
        .record = record,
        .have = te_facts_have(record, c->view.features, &entry->carry),
    };
}

void te_collect_keep(struct tcpestats *te, struct te_collect *c, const struct te_snapshot *s,
                     const struct te_bytes *b, unsigned care, const struct te_entry *entry)
{
    struct te_hot *hot = c->hot;

    if (entry->enabled && !s->whole)
        te_show(s->cookie, s->time_ns);
    /* Switched off between our reading the state and our asking. */
    if (c->asked & ~entry->enabled)
        te_collect_off(te, s, c->asked & ~entry->enabled, c);
    if (!hot)
        return;
    hot->looks++;
    hot->switches = c->switches;
    hot->checked_ns = c->checked_ns;
    hot->entry = *entry;
    hot->record = c->live ? c->record : NULL;
    if (!c->live)
        return;
    hot->view = c->view;
    hot->epoch = c->copy.head.epoch;
    hot->changes = c->copy.head.changes;
    hot->info_len = s->info_len;
    hot->s.time_ns = 0;
    if (s->whole)
        return;
    hot->s = *s;
    hot->b = *b;
    hot->care = care;
}

void te_collect_off(struct tcpestats *te, const struct te_snapshot *s, uint32_t classes,
                    struct te_collect *c)
{
    if (c->hot)
        c->hot->asked &= ~classes;
    if (te_now() < atomic_load_explicit(&te->quiet_ns, memory_order_relaxed))
        return;
    if (te_collector_disable(te->link, s, classes) == -ENOTCONN)
        atomic_store_explicit(&te->quiet_ns, te_now() + SECOND_NS, memory_order_relaxed);
}
