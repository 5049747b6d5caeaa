/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "collection.h"
#include "log.h"

#define MS UINT64_C(1000000)
/* Whoever disables and enables again at once should not make us detach and attach. */
#define ADJUST_AFTER (500 * MS)
#define SWEEP_EVERY (5000 * MS)
/* For a socket that can't be looked up and hears nothing; whoever still wants it asks again. */
#define WAIT_FOR (10000 * MS)
/* So often within a lease it is looked for those that have lapsed. */
#define LAPSE_PART 10

/* Class SynOpts has no switch, so its bit can tell two sets of the same classes apart. */
#define ANEW 1u

uint64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void say_line(const char *line)
{
    say(LOG_LEVEL_NOTICE, "%s", line);
}

int collector_init(struct collector *collector, const struct collector_options *options)
{
    struct programs_options wanted = {
        .records = options->records, .cgroup = options->cgroup, .say = say_line};
    size_t size = (size_t)options->records * sizeof(struct te_collector_record);
    void *records;
    int status;

    memset(collector, 0, sizeof(*collector));
    collector->ledger.users = &collector->users;
    collector->ledger.namespaces = &collector->namespaces;
    collector->holders.slots = options->records;
    collector->lease = options->lease;
    /* Nobody gives out an epoch each nanosecond, so those of earlier daemons are all smaller. */
    collector->start = clock_ns();
    status = ledger_init(&collector->ledger, options->records, options->quota, collector->start);
    if (status)
        return status;
    status = programs_open(&collector->programs, &wanted);
    if (status) {
        ledger_free(&collector->ledger);
        return status;
    }
    records = mmap(NULL, size, PROT_READ, MAP_SHARED, programs_map_fd(collector->programs), 0);
    if (records == MAP_FAILED) {
        status = -errno;
        collector_free(collector);
        return status;
    }
    collector->records = records;
    return 0;
}

void collector_free(struct collector *collector)
{
    if (collector->records)
        munmap((void *)(uintptr_t)collector->records,
               collector->ledger.records * sizeof(struct te_collector_record));
    for (uint32_t slot = 0; slot < collector->ledger.records; slot++)
        if (ledger_at(&collector->ledger, slot))
            ledger_remove(&collector->ledger, ledger_at(&collector->ledger, slot));
    programs_close(collector->programs);
    ledger_free(&collector->ledger);
}

static void adjust_later(struct collector *collector)
{
    if (!collector->adjust_ns)
        collector->adjust_ns = clock_ns() + ADJUST_AFTER;
}

static void forget(struct collector *collector, struct entry *entry)
{
    if (entry->wait_ns)
        programs_release(collector->programs, entry->ns->fd, &entry->target, entry->slot);
    holders_forget(&collector->holders, NULL, entry->slot);
    ledger_remove(&collector->ledger, entry);
    adjust_later(collector);
}

static bool is_live(const struct collector *collector, const struct entry *entry)
{
    const struct te_record_head *head = &collector->records[entry->slot].head;

    return __atomic_load_n(&head->live, __ATOMIC_RELAXED) &&
           __atomic_load_n(&head->epoch, __ATOMIC_RELAXED) == entry->epoch;
}

/* Neither collected nor waited for any more. */
static bool is_gone(const struct collector *collector, struct entry *entry, uint64_t now)
{
    bool shown = __atomic_load_n(&collector->records[entry->slot].head.epoch, __ATOMIC_ACQUIRE) ==
                 entry->epoch;

    if (shown)
        entry->wait_ns = 0;
    return !is_live(collector, entry) && now >= entry->wait_ns;
}

/*
 * Tells the programs what is wanted of an entry now. Told the same again, they take a fresh look;
 * so where a user's wish has changed and their union has not, other processes of his would not
 * notice if we did not make it look different.
 */
static int tell(struct collector *collector, struct entry *entry, bool changed)
{
    uint32_t classes = ledger_union(entry);
    int status;

    if (classes) {
        classes |= entry->classes & ANEW;
        if (changed && classes == entry->classes)
            classes ^= ANEW;
        status = programs_enable(collector->programs, entry->ns->fd, &entry->target, entry->slot,
                                 entry->epoch, classes);
        if (status && status != -EINPROGRESS)
            return status;
        entry->wait_ns = status ? clock_ns() + WAIT_FOR : 0;
        if (entry->classes & ~classes)
            adjust_later(collector);
        entry->classes = classes;
        return status;
    }
    status = programs_release(collector->programs, entry->ns->fd, &entry->target, entry->slot);
    /* A socket that could not be told still writes here: the slot waits for its end. */
    entry->classes = 0;
    entry->wait_ns = 0;
    if (!status || status == -ENOENT || !is_live(collector, entry))
        forget(collector, entry);
    else
        say_seldom(LOG_LEVEL_WARNING, "slot %u could not be released: %s", entry->slot,
                   strerror(-status));
    return 0;
}

int collector_enable(struct collector *collector, struct user *user, struct namespace *ns,
                     const struct programs_target *target, uint32_t classes, struct entry **result)
{
    struct ledger *ledger = &collector->ledger;
    struct entry *entry = ledger_find(ledger, target->cookie, ns);
    struct programs_target before;
    bool fresh;
    uint32_t old;
    int status;

    if (entry && is_gone(collector, entry, clock_ns())) {
        forget(collector, entry);
        entry = NULL;
    }
    fresh = !entry;
    if (fresh && !(entry = ledger_add(ledger, target, ns, user)))
        return -ENOSPC;
    *result = entry;
    /* What was said of it before is no more believed than what is said now: the kernel is asked. */
    before = entry->target;
    entry->target = *target;
    old = ledger_wanted(entry, user);
    status = ledger_want(ledger, entry, user, old | classes);
    ledger_renew(entry, user, clock_ns());
    if (!status)
        status = tell(collector, entry, (old | classes) != old);
    if (!status || status == -EINPROGRESS)
        return status;
    entry->target = before;
    if (fresh || is_gone(collector, entry, clock_ns()))
        forget(collector, entry);
    else
        ledger_want(ledger, entry, user, old);
    return status;
}

int collector_disable(struct collector *collector, struct user *user, struct namespace *ns,
                      uint64_t cookie, uint32_t classes)
{
    struct entry *entry = ledger_find(&collector->ledger, cookie, ns);
    uint32_t old;
    int status;

    if (!entry)
        return 0;
    if (is_gone(collector, entry, clock_ns())) {
        forget(collector, entry);
        return 0;
    }
    old = ledger_wanted(entry, user);
    if (!(old & classes))
        return 0;
    ledger_want(&collector->ledger, entry, user, old & ~classes);
    if (!(old & ~classes))
        holders_forget(&collector->holders, user, entry->slot);
    status = tell(collector, entry, true);
    if (status && is_gone(collector, entry, clock_ns())) {
        forget(collector, entry);
        status = 0;
    }
    return status == -EINPROGRESS ? 0 : status;
}

static void died(void *arg, uint32_t slot, uint64_t epoch)
{
    struct collector *collector = arg;
    struct entry *entry = ledger_at(&collector->ledger, slot);

    if (!entry || entry->epoch != epoch)
        return;
    if (is_live(collector, entry))
        programs_release(collector->programs, entry->ns->fd, &entry->target, slot);
    forget(collector, entry);
}

void collector_reap(struct collector *collector)
{
    programs_reap(collector->programs, died, collector);
}

/* What the programs' news did not tell of, for whatever reason, and what could not be told. */
static void sweep(struct collector *collector, uint64_t now)
{
    for (uint32_t slot = 0; slot < collector->ledger.records; slot++) {
        struct entry *entry = ledger_at(&collector->ledger, slot);

        if (entry && is_gone(collector, entry, now))
            forget(collector, entry);
        else if (entry && (!entry->classes || (entry->classes & ~ANEW) != ledger_union(entry)))
            tell(collector, entry, true);
    }
}

void collector_hold(struct collector *collector, struct holder *holder, const struct user *user,
                    const struct entry *entry)
{
    holders_add(&collector->holders, holder, user, entry->slot);
}

static void renew(void *arg, const struct user *user, uint32_t slot)
{
    struct collector *collector = arg;
    struct entry *entry = ledger_at(&collector->ledger, slot);

    if (entry)
        ledger_renew(entry, user, clock_ns());
}

void collector_leave(struct collector *collector, struct holder *holder)
{
    holders_leave(&collector->holders, holder, renew, collector);
}

/* A user whose want has lapsed, NULL: none. */
static struct user *lapsed(const struct collector *collector, const struct entry *entry,
                           uint64_t now)
{
    for (const struct want *want = entry->wants; want; want = want->next)
        if (now >= want->renewed_ns + collector->lease &&
            !holders_have(&collector->holders, want->user, entry->slot))
            return want->user;
    return NULL;
}

/*
 * Who wants something says so again now and then, or has a program that is still connected. What a
 * user's last session has left behind is collected for nobody.
 */
static void lapse(struct collector *collector, uint64_t now)
{
    for (uint32_t slot = 0; slot < collector->ledger.records; slot++) {
        struct entry *entry = ledger_at(&collector->ledger, slot);
        struct user *user;
        bool changed = false;

        while (entry && (user = lapsed(collector, entry, now))) {
            ledger_want(&collector->ledger, entry, user, 0);
            changed = true;
        }
        if (changed)
            tell(collector, entry, true);
    }
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a && (a < b || !b) ? a : b;
}

uint64_t collector_tick(struct collector *collector, uint64_t now)
{
    if (collector->sweep_ns && now >= collector->sweep_ns) {
        sweep(collector, now);
        collector->sweep_ns = 0;
    }
    if (!collector->sweep_ns && collector->ledger.in_use)
        collector->sweep_ns = now + SWEEP_EVERY;
    if (collector->lapse_ns && now >= collector->lapse_ns) {
        lapse(collector, now);
        collector->lapse_ns = 0;
    }
    if (!collector->lapse_ns && collector->ledger.in_use)
        collector->lapse_ns = now + collector->lease / LAPSE_PART;
    if (collector->adjust_ns && now >= collector->adjust_ns) {
        int status = programs_adjust(collector->programs, ledger_classes(&collector->ledger));

        if (status)
            say_seldom(LOG_LEVEL_WARNING, "hooks could not be detached: %s", strerror(-status));
        collector->adjust_ns = 0;
    }
    return earlier(earlier(collector->adjust_ns, collector->sweep_ns), collector->lapse_ns);
}
