/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "hot.h"

#define PROBES 8u
#define SIZE sizeof(struct te_hot_table)

/* So many that two of some thousand connections seldom share one; untouched it takes no memory. */
#define BUCKETS 65536u

static struct {
    _Atomic uint64_t shown_ns;
    _Atomic uint32_t switches;
} bucket[BUCKETS];

/* Before there is a table nobody relies on these, and a program without a collector need not know.
 */
static atomic_bool in_use;

static uint64_t mix(uint64_t x)
{
    x *= UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 32;
}

static unsigned bucket_of(uint64_t cookie)
{
    return (unsigned)(mix(cookie) % BUCKETS);
}

uint64_t te_shown_ns(uint64_t cookie)
{
    return atomic_load_explicit(&bucket[bucket_of(cookie)].shown_ns, memory_order_relaxed);
}

void te_show(uint64_t cookie, uint64_t time_ns)
{
    _Atomic uint64_t *shown = &bucket[bucket_of(cookie)].shown_ns;
    uint64_t before;

    if (!atomic_load(&in_use))
        return;
    before = atomic_load_explicit(shown, memory_order_relaxed);
    while (before < time_ns &&
           !atomic_compare_exchange_weak_explicit(shown, &before, time_ns, memory_order_relaxed,
                                                  memory_order_relaxed))
        ;
}

uint32_t te_switches(uint64_t cookie)
{
    return atomic_load_explicit(&bucket[bucket_of(cookie)].switches, memory_order_acquire);
}

void te_switched(uint64_t cookie)
{
    if (!atomic_load(&in_use))
        return;
    atomic_fetch_add_explicit(&bucket[bucket_of(cookie)].switches, 1, memory_order_release);
}

/* ---- The table ---- */

static unsigned home_of(const struct te_tuple *tuple)
{
    uint64_t word[sizeof(*tuple) / sizeof(uint64_t)], sum = 0;

    memcpy(word, tuple, sizeof(word));
    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
        sum = mix(sum ^ word[i]);
    return (unsigned)(sum % TE_HOT_SLOTS);
}

static bool is_of(const struct te_hot *hot, const struct te_query *query, uint64_t netns)
{
    return !memcmp(&hot->tuple, &query->tuple, sizeof(hot->tuple)) &&
           hot->ifindex == query->ifindex && hot->netns == netns;
}

struct te_hot *te_hot_find(struct te_hot_table *table, const struct te_query *query, uint64_t netns)
{
    unsigned home = home_of(&query->tuple);

    if (!table)
        return NULL;
    for (unsigned i = 0; i < PROBES; i++) {
        struct te_hot *hot = &table->slot[(home + i) % TE_HOT_SLOTS];

        if (is_of(hot, query, netns))
            return hot;
    }
    return NULL;
}

struct te_hot *te_hot_make(struct te_hot_table **table, const struct te_query *query,
                           uint64_t netns)
{
    struct te_hot *hot = te_hot_find(*table, query, netns);
    unsigned home = home_of(&query->tuple);

    if (hot)
        return hot;
    if (!*table) {
        void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (memory == MAP_FAILED)
            return NULL;
        atomic_store(&in_use, true);
        *table = memory;
        (*table)->choice.have = ~0u;
    }
    for (unsigned i = 0; i < PROBES; i++) {
        struct te_hot *rival = &(*table)->slot[(home + i) % TE_HOT_SLOTS];

        if (!hot || rival->checked_ns < hot->checked_ns)
            hot = rival;
    }
    (*table)->last.hot = NULL;
    memset(hot, 0, sizeof(*hot));
    hot->tuple = query->tuple;
    hot->ifindex = query->ifindex;
    hot->netns = netns;
    return hot;
}

/*
 * Not unmapped: a child of vfork() runs in its parent's memory and may take for dead who is not.
 * Zeroes mean that nothing is known.
 */
void te_hot_clear(struct te_hot_table *table)
{
    if (!table)
        return;
    table->choice.have = ~0u;
    table->last.hot = NULL;
    if (madvise(table->slot, sizeof(table->slot), MADV_DONTNEED))
        memset(table->slot, 0, sizeof(table->slot));
}

void te_hot_free(struct te_hot_table *table)
{
    if (table)
        munmap(table, SIZE);
}

const struct te_choice *te_hot_choice(struct te_hot_table *table, unsigned info_len, uint32_t have)
{
    struct te_choice *choice = &table->choice;

    if (choice->have != have || choice->info_len != info_len)
        te_sources_choose(choice, info_len, have);
    return choice;
}
