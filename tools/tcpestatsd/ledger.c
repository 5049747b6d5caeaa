/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"

#define ROOTS_SHARE 16 /* one of so many records */

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

struct entry *ledger_find(const struct ledger *ledger, uint64_t cookie, const struct namespace *ns)
{
    uint32_t i = *chain_of(ledger, cookie);

    while (i && (ledger->entries[i - 1].target.cookie != cookie || ledger->entries[i - 1].ns != ns))
        i = ledger->entries[i - 1].next;
    return i ? &ledger->entries[i - 1] : NULL;
}

struct entry *ledger_at(const struct ledger *ledger, uint32_t slot)
{
    return slot < ledger->records && ledger->entries[slot].ns ? &ledger->entries[slot] : NULL;
}

static bool may_have_another(const struct ledger *ledger, const struct user *user)
{
    uint32_t left = ledger->records - ledger->in_use, roots = ledger->records / ROOTS_SHARE;

    if (user_is_root(user))
        return true;
    return left > roots && user->account->records < left - roots;
}

struct entry *ledger_add(struct ledger *ledger, const struct programs_target *target,
                         struct namespace *ns, const struct user *user)
{
    uint32_t *chain = chain_of(ledger, target->cookie);
    struct entry *entry;

    if (!ledger->free_first || !may_have_another(ledger, user))
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
    entry->wait_ns = 0;
    entry->next = *chain;
    *chain = entry->slot + 1;
    return entry;
}

static struct want **find_want(struct entry *entry, const struct user *user)
{
    struct want **at = &entry->wants;

    while (*at && (*at)->user != user)
        at = &(*at)->next;
    return at;
}

static void drop_want(struct ledger *ledger, struct want **at)
{
    struct want *want = *at;

    *at = want->next;
    want->user->account->records--;
    users_put(ledger->users, want->user);
    free(want);
}

void ledger_remove(struct ledger *ledger, struct entry *entry)
{
    uint32_t *at = chain_of(ledger, entry->target.cookie);

    while (entry->wants)
        drop_want(ledger, &entry->wants);
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

uint32_t ledger_wanted(struct entry *entry, const struct user *user)
{
    const struct want *want = *find_want(entry, user);

    return want ? want->classes : 0;
}

int ledger_want(struct ledger *ledger, struct entry *entry, struct user *user, uint32_t classes)
{
    struct want **at = find_want(entry, user);

    if (!classes) {
        if (*at)
            drop_want(ledger, at);
        return 0;
    }
    if (!*at) {
        if (!user_is_root(user) && user->account->records >= ledger->quota)
            return -ENOSPC;
        *at = calloc(1, sizeof(**at));
        if (!*at)
            return -ENOMEM;
        (*at)->user = user;
        users_use(user);
        user->account->records++;
    }
    (*at)->classes = classes;
    return 0;
}

void ledger_renew(struct entry *entry, const struct user *user, uint64_t now)
{
    struct want *want = *find_want(entry, user);

    if (want)
        want->renewed_ns = now;
}

uint32_t ledger_union(const struct entry *entry)
{
    uint32_t classes = 0;

    for (const struct want *want = entry->wants; want; want = want->next)
        classes |= want->classes;
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
