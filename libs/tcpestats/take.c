/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking a snapshot: from the collector's record alone, or by asking the kernel; then what is
 * remembered of the connection is merged with it. Whatever is asked of a connection comes by here.
 */
#include <errno.h>
#include <sys/socket.h>

#include "handle.h"

/* More looks than this would make a busy connection expensive; on one of 30 Gbit/s two suffice
 * nearly always. */
#define LOOKS_MAX 6

/* So often others may be faster at changing a connection's entry than we are. */
#define REMEMBER_TRIES 100

/* ---- Looking ---- */

static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) ? 0 : cookie;
}

/*
 * The calling program's own socket. Its names stay the same while its cookie does, so they are
 * asked for once.
 */
static int look_at_own(struct te_call *call, struct te_snapshot *s)
{
    struct te_own *own = &call->lane->own;
    uint64_t cookie = cookie_of(*call->own_fd);
    bool is_known = cookie && cookie == own->cookie;
    int err = te_diag_own(*call->own_fd, call->query.want | (is_known ? 0 : TE_WANT_NAME), s);

    if (err)
        return err;
    if (!is_known)
        *own = (struct te_own){s->cookie, s->netns, s->tuple, s->ifindex};
    s->cookie = own->cookie;
    s->netns = own->netns;
    s->tuple = own->tuple;
    s->ifindex = own->ifindex;
    return 0;
}

int te_look(struct te_call *call, struct te_snapshot *s)
{
    struct tcpestats *te = call->te;
    int err = call->own_fd ? look_at_own(call, s)
                           : te_diag_lookup(&call->lane->diag, &te->netns, &call->query, s);

    if (!err)
        atomic_store_explicit(&te->info_len, s->info_len, memory_order_relaxed);
    return err;
}

/* Another look at the same connection. */
static int look_again(struct te_call *call, struct te_snapshot *s)
{
    int err = te_look(call, s);

    return err ? err : s->cookie == call->snapshot->now.cookie ? 0 : -ENOENT;
}

/* Until the queues are of the same instant as the rest. */
static int settle_queues(struct te_call *call, uint32_t known, unsigned *looks)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    struct te_snapshot next;

    while (snapshot->bytes.torn && (*looks)++ < LOOKS_MAX) {
        int err = look_again(call, &next);

        if (err)
            return err;
        snapshot->now = next;
        te_bytes_compute(&snapshot->now, known, &snapshot->bytes);
    }
    return 0;
}

/* Until the state is known to belong to the counters, and, if can be, which side opened. */
static int settle_bytes(struct te_call *call, uint32_t known, unsigned *looks)
{
    struct te_snapshot *now = &call->snapshot->now, next;
    struct te_bytes *bytes = &call->snapshot->bytes;

    for (;;) {
        /* An older kernel's counters don't tell the opener, however often one looks. */
        bool wanting = bytes->open == TE_OPEN_UNKNOWN && TE_TI_HAS(now, tcpi_bytes_retrans);
        int err;

        if ((te_bytes_settled(now) && !wanting) || (*looks)++ >= LOOKS_MAX)
            return 0;
        err = look_again(call, &next);
        if (err)
            return err;
        /* The same state before and after the first reply's counters: it belongs to them. */
        if (next.state == now->state) {
            if (wanting)
                te_bytes_compute(now, known = te_bytes_open_of_pair(now, &next), bytes);
            if (bytes->open != TE_OPEN_UNKNOWN || !wanting || *looks == LOOKS_MAX)
                return 0;
        }
        *now = next;
        te_bytes_compute(now, known, bytes);
    }
}

/* Nothing better is left: an end with a listener on its port was called, not calling. */
static uint32_t guess_opener(struct te_call *call)
{
    const struct te_snapshot *now = &call->snapshot->now;
    bool listens = te_diag_has_listener(&call->lane->diag, &call->te->netns, &now->tuple,
                                        now->ifindex) > 0;

    return TE_OPEN_GUESSED | (listens ? TE_OPEN_PASSIVE : TE_OPEN_ACTIVE);
}

/* Works out the byte counts, as well as the classes want them. */
static int settle(struct te_call *call)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    /* What is off is not shown, but for SynOpts, which has no switch. */
    uint32_t shown = snapshot->entry.enabled | ON_SYN_OPTS;
    enum te_care care = te_care_of(call->off_too ? call->classes : call->classes & shown);
    uint32_t known = snapshot->entry.track.open;
    unsigned looks = 1;
    int err = 0;

    if (known == TE_OPEN_UNKNOWN && snapshot->is_recorded)
        known = snapshot->record.events.open & TE_OPEN_MASK;
    te_bytes_compute(&snapshot->now, known, &snapshot->bytes);
    if (care & TE_CARE_QUEUES)
        err = settle_queues(call, known, &looks);
    if (!err && care & TE_CARE_BYTES)
        err = settle_bytes(call, known, &looks);
    if (!err && care & TE_CARE_OPENER && snapshot->bytes.open == TE_OPEN_UNKNOWN)
        snapshot->bytes.open = guess_opener(call);
    return err;
}

/* ---- Remembering ---- */

void te_recall(struct te_call *call)
{
    const struct te_snapshot *now = &call->snapshot->now;
    struct te_ident ident = {now->cookie, now->netns, &now->tuple, now->ifindex};

    te_memory_read(&call->lane->memory, &ident, &call->snapshot->entry, &call->ref);
}

struct te_news te_news_of(const struct te_call *call)
{
    const struct tcpestats_snapshot *snapshot = call->snapshot;

    return (struct te_news){
        .s = &snapshot->now,
        .b = &snapshot->bytes,
        .record = snapshot->is_recorded ? &snapshot->record : NULL,
        .starts = &call->starts,
        .at_ns = snapshot->now.time_ns,
    };
}

/* True if there is something that the next reader could not work out for itself. */
static bool merge(const struct te_call *call, struct te_entry *entry)
{
    const bool clock = call->classes & ON_SND_CONG;
    const struct te_news news = te_news_of(call);
    bool changed = te_carry_merge(&entry->carry, &entry->track, entry->enabled, &news, clock);

    return te_track_merge(&entry->track, entry->enabled, news.s, news.b, clock) || changed;
}

/*
 * Another reader may have stored newer extremes meanwhile: then what is there now is merged, and
 * answered from. What can't be stored is still what this caller saw.
 */
static void remember(struct te_call *call)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    const struct te_entry_record record = snapshot->entry.record;
    struct te_memory *memory = &call->lane->memory;
    struct te_entry *entry = &snapshot->entry;
    int rc = 0;

    if (!snapshot->entry.enabled || !call->ref.slot)
        return;
    for (int i = 0; i < REMEMBER_TRIES; i++) {
        bool changed = call->has_news;

        entry->record = record;
        changed |= merge(call, entry);
        if (changed)
            rc = te_memory_write(memory, &call->ref, entry);
        if (!changed || rc != -EAGAIN)
            break;
        te_recall(call);
        if (!call->ref.slot)
            return;
    }
    te_memory_show(memory, &call->ref, snapshot->now.time_ns);
    /* What nobody tells any more is still no less than what sock_diag tells. */
    if (!snapshot->is_recorded && entry->carry.epoch)
        te_carry_keep(&snapshot->entry.carry, &snapshot->now, &entry->track, &snapshot->bytes);
}

/* ---- The whole ---- */

/* Of use to later questions only while there is a record to compare it with. */
static void keep_look(struct te_call *call)
{
    const struct tcpestats_snapshot *snapshot = call->snapshot;
    struct te_last_look *last = &call->lane->last;

    if (!snapshot->is_recorded || snapshot->now.whole)
        return;
    last->classes = te_classes_served(call->classes);
    last->now = snapshot->now;
    last->bytes = snapshot->bytes;
}

int te_complete(struct te_call *call, bool may_ask)
{
    struct tcpestats_snapshot *snapshot = call->snapshot;
    uint32_t asked;
    int err;

    te_recall(call);
    te_consult(call, may_ask);
    err = settle(call);
    if (err)
        return err;
    remember(call);
    snapshot->classes = call->classes;
    snapshot->off_too = call->off_too;
    keep_look(call);
    /* Switched off between our reading of the memory and our asking. */
    asked = call->asked & ~snapshot->entry.enabled;
    if (asked)
        te_collector_disable(call->te->link, &snapshot->now, asked);
    return 0;
}

int te_take(struct te_call *call)
{
    int err;

    te_memory_ready(&call->lane->memory, te_is_alive, call);
    if (!call->own_fd && !call->off_too && te_take_recorded(call)) {
        remember(call);
        call->snapshot->classes = call->classes;
        call->snapshot->off_too = false;
        return 0;
    }
    err = te_look(call, &call->snapshot->now);
    return err ? err : te_complete(call, true);
}
