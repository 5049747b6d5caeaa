/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"

int ledger_init(struct ledger *ledger, uint32_t records, uint32_t quota, uint64_t start)
{
    uint32_t chains = 16;

    while (chains < records)
        chains *= 2;
    ledger->records = records;
    ledger->quota = quota;
    ledger->epoch = start;
    ledger->chain_mask = chains - 1;
    ledger->entries = calloc(records, sizeof(*ledger->entries));
    ledger->chains = calloc(chains, sizeof(*ledger->chains));
    if (!ledger->entries || !ledger->chains) {
        ledger_free(ledger);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < records; i++) {
        ledger->entries[i].slot = i;
        ledger->entries[i].next = i + 1 < records ? i + 2 : 0;
    }
    ledger->free_first = 1;
    ledger->free_last = records;
    return 0;
}

void ledger_free(struct ledger *ledger)
{
    free(ledger->entries);
    free(ledger->chains);
    ledger->entries = NULL;
    ledger->chains = NULL;
}

/* Cookies are counted up per processor: their low bits alone would do, but they are the client's.
 */
static uint32_t *chain_of(const struct ledger *ledger, uint64_t cookie)
{
    cookie *= UINT64_C(0x9e3779b97f4a7c15);
    return &ledger->chains[cookie >> 32 & ledger->chain_mask];
}

struct entry *ledger_find(const struct ledger *ledger, uint64_t cookie)
{
    uint32_t i = *chain_of(ledger, cookie);

    while (i && ledger->entries[i - 1].target.cookie != cookie)
        i = ledger->entries[i - 1].next;
    return i ? &ledger->entries[i - 1] : NULL;
}

struct entry *ledger_at(const struct ledger *ledger, uint32_t slot)
{
    return slot < ledger->records && ledger->entries[slot].ns ? &ledger->entries[slot] : NULL;
}

struct entry *ledger_add(struct ledger *ledger, const struct programs_target *target,
                         struct namespace *ns)
{
    uint32_t *chain = chain_of(ledger, target->cookie);
    struct entry *entry;

    if (!ledger->free_first)
        return NULL;
    entry = &ledger->entries[ledger->free_first - 1];
    ledger->free_first = entry->next;
    if (!ledger->free_first)
        ledger->free_last = 0;
    ledger->in_use++;
    entry->target = *target;
    entry->ns = ns;
    namespaces_use(ns);
    entry->epoch = ++ledger->epoch;
    entry->classes = 0;
    memset(entry->wants, 0, sizeof(entry->wants));
    entry->next = *chain;
    *chain = entry->slot + 1;
    return entry;
}

static void drop_want(struct ledger *ledger, struct want *want)
{
    struct user *user = want->user;

    want->user = NULL;
    want->classes = 0;
    user->connections--;
    users_put(ledger->users, user);
}

void ledger_remove(struct ledger *ledger, struct entry *entry)
{
    uint32_t *at = chain_of(ledger, entry->target.cookie);

    for (int i = 0; i < LEDGER_WANTS; i++)
        if (entry->wants[i].user)
            drop_want(ledger, &entry->wants[i]);
    while (*at != entry->slot + 1)
        at = &ledger->entries[*at - 1].next;
    *at = entry->next;
    namespaces_put(ledger->namespaces, entry->ns);
    entry->ns = NULL;
    entry->classes = 0;
    entry->next = 0;
    if (ledger->free_last)
        ledger->entries[ledger->free_last - 1].next = entry->slot + 1;
    else
        ledger->free_first = entry->slot + 1;
    ledger->free_last = entry->slot + 1;
    ledger->in_use--;
}

static struct want *want_of(const struct entry *entry, const struct user *user)
{
    for (int i = 0; i < LEDGER_WANTS; i++)
        if (entry->wants[i].user == user)
            return (struct want *)(uintptr_t)&entry->wants[i];
    return NULL;
}

uint32_t ledger_wanted(const struct entry *entry, const struct user *user)
{
    const struct want *want = want_of(entry, user);

    return want ? want->classes : 0;
}

int ledger_want(struct ledger *ledger, struct entry *entry, struct user *user, uint32_t classes)
{
    struct want *want = want_of(entry, user);

    if (!want && !classes)
        return 0;
    if (!want) {
        want = want_of(entry, NULL);
        if (!want || (user->uid != 0 && user->connections >= ledger->quota))
            return -ENOSPC;
        want->user = user;
        user->connections++;
    }
    want->classes = classes;
    if (!classes)
        drop_want(ledger, want);
    return 0;
}

uint32_t ledger_union(const struct entry *entry)
{
    uint32_t classes = 0;

    for (int i = 0; i < LEDGER_WANTS; i++)
        classes |= entry->wants[i].classes;
    return classes;
}

uint32_t ledger_classes(const struct ledger *ledger)
{
    uint32_t classes = 0;

    for (uint32_t i = 0; i < ledger->records; i++)
        if (ledger->entries[i].ns)
            classes |= ledger->entries[i].classes;
    return classes;
}
