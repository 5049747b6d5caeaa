/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the collector adds to one question: is there a record of the connection, and what in it? */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "handle.h"

#define NAP_NS 200000
#define RENEW_NS (TE_COLLECTOR_LEASE_S / 5 * TE_SECOND_NS)
#define NAPS_MAX 10
#define UP_NS UINT64_C(4000000)
#define REST_NS UINT64_C(200000) /* the programs look at a connection that rests for so long */

/* ---- Reading the record ---- */

/* The record that the entry names, if it is of this daemon. */
static const struct te_collector_record *record_at(const struct te_entry_record *at,
                                                   const struct te_collector_view *view)
{
    if (!at->daemon || at->daemon != view->start || at->slot >= view->count)
        return NULL;
    return &view->records[at->slot];
}

static bool is_being_written(const struct te_collector_record *record)
{
    return __atomic_load_n(&record->head.seq, __ATOMIC_ACQUIRE) & 1;
}

/*
 * A record that stays in the middle of a write is one whose writer's processor was taken away, by a
 * hypervisor for instance: worth waiting for, since without it the numbers change their source.
 */
static bool read_patiently(const struct te_call *call, const struct te_collector_record *record,
                           const struct te_collector_view *view, struct te_record_copy *copy)
{
    const struct te_snapshot *now = &call->snapshot->now;
    const struct te_record_key key = {now->tuple, now->netns, now->cookie, 0};
    const struct timespec nap = {.tv_nsec = NAP_NS};

    for (int naps = 0; !te_record_read(record, &key, copy); naps++) {
        if (naps == NAPS_MAX || !is_being_written(record))
            return false;
        nanosleep(&nap, NULL);
    }
    return te_collector_view_holds(call->te->link, view);
}

/* Asked after every few milliseconds: a record of a daemon that died since is only that old. */
static bool is_gone(struct tcpestats *te)
{
    uint64_t now = te_now_coarse();

    if (now - atomic_load_explicit(&te->up_ns, memory_order_relaxed) < UP_NS)
        return false;
    if (te_collector_is_gone(te->link))
        return true;
    atomic_store_explicit(&te->up_ns, now, memory_order_relaxed);
    return false;
}

/* Its daemon has gone, or has let it go: what it told to the end is not lost. */
static void take_last_words(struct te_call *call, const struct te_collector_view *view)
{
    struct te_entry *entry = &call->snapshot->entry;
    const struct te_collector_record *record = record_at(&entry->record, view);
    struct te_record_copy *copy = &call->snapshot->record;

    if (record && te_record_copy(record, copy) && te_collector_view_holds(call->te->link, view) &&
        copy->head.cookie == call->snapshot->now.cookie && copy->head.epoch == entry->carry.epoch) {
        const struct te_news news = {.record = copy, .at_ns = copy->head.time_ns};

        te_carry_merge(&entry->carry, &entry->track, entry->enabled, &news, false);
    }
    memset(&entry->record, 0, sizeof(entry->record));
    call->has_news = true;
}

/* Reads the record that is known of. */
static void read_known(struct te_call *call, struct te_collector_view *view)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    const struct te_collector_record *record = record_at(&snapshot->entry.record, view);

    if (record && read_patiently(call, record, view, &snapshot->record) && !is_gone(call->te)) {
        snapshot->is_recorded = true;
        snapshot->features = view->features;
    } else if (snapshot->entry.record.daemon &&
               te_collector_find_view(call->te->link, snapshot->entry.record.daemon, view)) {
        take_last_words(call, view);
    }
}

/* ---- Asking for one ---- */

/*
 * Has something happened since the record's last look, which comes with the next segment only? Not
 * while there was no time for the connection to come to rest: then the next segment is near. Where
 * the kernel is asked each time anyway, the record need not be of the same instant.
 */
static bool is_behind(const struct te_call *call)
{
    const struct te_record_sock *k = &call->snapshot->record.sock;
    const struct te_snapshot *now = &call->snapshot->now;
    const struct te_tcp_info *ti = &now->info;
    uint64_t lag_ns = te_must_look(call->classes) ? call->te->freshness_ns : 0;

    return now->time_ns >
               call->snapshot->record.head.time_ns + (lag_ns > REST_NS ? lag_ns : REST_NS) &&
           (ti->tcpi_segs_in != k->segs_in || ti->tcpi_segs_out != k->segs_out ||
            ti->tcpi_bytes_acked != k->bytes_acked ||
            ti->tcpi_bytes_received != k->bytes_received || ti->tcpi_rtt != k->srtt_us ||
            ti->tcpi_rttvar != k->mdev_us || ti->tcpi_snd_cwnd != k->snd_cwnd ||
            ti->tcpi_snd_wnd != k->snd_wnd || ti->tcpi_ca_state != k->ca_state ||
            ti->tcpi_notsent_bytes != k->write_seq - k->snd_nxt);
}

/*
 * Has it all that is on, by this user's own asking, and not too long ago? Another user's may end
 * any moment, and so may what nobody asks for again.
 */
static bool has_all(const struct tcpestats_snapshot *snapshot)
{
    return !(snapshot->entry.enabled & ~snapshot->record.head.enabled) &&
           !(snapshot->entry.enabled & ~snapshot->entry.record.asked) &&
           te_now_coarse() < snapshot->entry.record.renewed_ns + RENEW_NS;
}

void te_begin_classes(struct te_entry *entry, uint32_t classes, uint64_t since_ns)
{
    if (classes & ON_INBOUND)
        classes |= ON_BANDWIDTH;
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (classes & TE_CLASS_BIT(cls))
            entry->record.since_ns[cls] = since_ns;
}

/*
 * What the daemon has not collected before begins now; or with the record, where nothing was added
 * to that since it began. What is only just being switched on is not late.
 */
static void note_beginning(struct te_call *call, uint32_t asked, uint64_t now)
{
    const struct te_record_head *head = &call->snapshot->record.head;
    struct te_entry *entry = &call->snapshot->entry;

    te_begin_classes(entry, entry->enabled & ~asked & ~call->switched,
                     head->changes == 1 ? head->since_ns : now);
}

/* Did it refuse this connection, or all that we ask, a moment ago? */
static bool is_refused(const struct te_call *call)
{
    uint64_t refused_ns = call->snapshot->entry.record.refused_ns;
    uint64_t now = call->snapshot->now.time_ns;

    return te_collector_is_shut(call->te->link, now) ||
           (refused_ns && now < refused_ns + TE_SECOND_NS);
}

static void ask(struct te_call *call)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    struct te_entry_record *at = &snapshot->entry.record;
    struct te_collector_view view;
    struct te_record_copy copy;
    uint64_t now = snapshot->now.time_ns;
    uint32_t slot, before;
    int rc;

    if (is_refused(call))
        return;
    rc = te_collector_enable(call->te->link, &snapshot->now, snapshot->entry.enabled, &view, &slot,
                             &call->starts);
    /* There is none for us; or it is only being started, as far as one can tell. */
    if (rc == -ENOTCONN || rc == -EPERM || rc == -ETIMEDOUT)
        return;
    call->has_news = true;
    /* What it will not do again soon is not asked for again soon; a live record stays as it is. */
    if (rc || !read_patiently(call, &view.records[slot], &view, &copy)) {
        at->refused_ns = now;
        snapshot->is_recorded = snapshot->is_recorded && (rc || view.start == at->daemon);
        return;
    }
    snapshot->record = copy;
    snapshot->is_recorded = true;
    snapshot->features = view.features;
    before = at->daemon == view.start ? at->asked : 0;
    note_beginning(call, before, now);
    at->daemon = view.start;
    at->slot = slot;
    at->asked = before | snapshot->entry.enabled;
    at->refused_ns = 0;
    at->renewed_ns = now;
    call->asked = snapshot->entry.enabled;
}

bool te_may_ask(const struct te_call *call, uint32_t classes)
{
    return classes & ~call->snapshot->entry.record.asked && !is_refused(call);
}

/* The record's own snapshot, where that is newer. */
static void take_newer(struct tcpestats_snapshot *snapshot)
{
    const struct te_record_copy *record = &snapshot->record;
    struct te_snapshot newer;

    if (record->head.time_ns <= snapshot->now.time_ns ||
        !te_record_suffices(snapshot->features, snapshot->now.info_len) ||
        !te_diag_state_counts(record->sock.state))
        return;
    te_snapshot_of_record(record, snapshot->now.info_len, &newer);
    newer.ifindex = snapshot->now.ifindex;
    newer.inode = snapshot->now.inode;
    newer.uid = snapshot->now.uid;
    snapshot->now = newer;
}

void te_consult(struct te_call *call, bool may_ask)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    struct te_collector_view view = te_collector_view(call->te->link);

    snapshot->is_recorded = false;
    snapshot->features = 0;
    if (!snapshot->entry.enabled)
        return;
    read_known(call, &view);
    if (may_ask && (!snapshot->is_recorded || !has_all(snapshot) || is_behind(call)))
        ask(call);
    if (snapshot->is_recorded)
        take_newer(snapshot);
}

/* ---- From the record alone ---- */

/* Reads the record of a connection that the memory knows by its addresses. */
static bool read_by_tuple(struct te_call *call, const struct te_collector_view *view)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    struct te_ident ident = {0, call->te->netns.id, &call->query.tuple, call->query.ifindex};
    const struct te_collector_record *record;
    struct te_record_key key;

    if (!te_memory_read(&call->lane->memory, &ident, &snapshot->entry, &call->ref) ||
        !snapshot->entry.enabled || ident.ifindex != call->query.ifindex)
        return false;
    record = record_at(&snapshot->entry.record, view);
    key = (struct te_record_key){*ident.tuple, ident.netns, ident.cookie,
                                 snapshot->entry.carry.epoch};
    return record && key.epoch && te_record_read(record, &key, &snapshot->record) &&
           te_collector_view_holds(call->te->link, view) && has_all(snapshot) &&
           te_diag_state_counts(snapshot->record.sock.state);
}

/* What is newer: the record, or what sock_diag last told. False: not enough for the classes. */
static bool choose_newer(struct te_call *call, const struct te_collector_view *view)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    const struct te_record_head *head = &snapshot->record.head;
    const struct te_last_look *last = &call->lane->last;
    unsigned info_len = atomic_load_explicit(&call->te->info_len, memory_order_relaxed);
    uint32_t open = snapshot->entry.track.open;

    if (last->classes && last->now.cookie == head->cookie && last->now.netns == head->netns &&
        last->now.time_ns >= head->time_ns) {
        snapshot->now = last->now;
        snapshot->bytes = last->bytes;
        return !(call->classes & ~last->classes);
    }
    if (!info_len || !te_record_suffices(view->features, info_len))
        return false;
    te_snapshot_of_record(&snapshot->record, info_len, &snapshot->now);
    te_bytes_compute(&snapshot->now,
                     open != TE_OPEN_UNKNOWN ? open : snapshot->record.events.open & TE_OPEN_MASK,
                     &snapshot->bytes);
    return true;
}

/*
 * Queues that the program itself fills and empties, without a segment that the collector could look
 * at: only an empty one is believed, so that a program that has read all its data sees that at
 * once.
 */
static bool queues_hold(const struct te_call *call)
{
    const struct te_bytes *b = &call->snapshot->bytes;

    if (call->classes & ON_REC && b->unread)
        return false;
    if (call->classes & ON_SYN_OPTS && (b->open & TE_OPEN_MASK) == TE_OPEN_UNKNOWN)
        return false;
    return !(call->classes & ON_SEND_BUFF) || (!b->unsent && !b->in_flight);
}

bool te_take_recorded(struct te_call *call)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    struct te_collector_view view;

    if (!call->te->freshness_ns || te_must_look(call->classes))
        return false;
    view = te_collector_view(call->te->link);
    if (!view.records || !read_by_tuple(call, &view) || !choose_newer(call, &view))
        return false;
    snapshot->is_recorded = true;
    snapshot->features = view.features;
    /* Read after the copy: a record from the future, by another clock, is as old as can be. */
    return te_now() - snapshot->now.time_ns <= call->te->freshness_ns && queues_hold(call) &&
           te_memory_may_show(&call->ref, snapshot->now.time_ns);
}
