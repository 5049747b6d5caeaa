/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who wants what: the connections that have a record, and for each the users and their classes.
 * Knows nothing of sockets, programs and clients.
 */
#ifndef TCPESTATSD_LEDGER_H
#define TCPESTATSD_LEDGER_H

#include "namespaces.h"
#include "programs.h"
#include "users.h"

struct entry {
    struct programs_target target;
    struct namespace *ns; /* NULL: a free slot */
    uint64_t epoch;
    uint32_t slot;
    uint32_t next;    /* in its hash chain, or in the queue of free slots; + 1, 0: none */
    uint32_t classes; /* what the programs were told; 0: the record waits to be released */
    uint64_t wait_ns; /* until then it waits for its socket to show itself, 0: it does not */
    struct want {
        struct want *next;
        struct user *user;
        uint32_t classes;
        uint64_t renewed_ns; /* when he last asked, or the last of his programs that had has gone */
    } * wants;
};

struct ledger {
    struct entry *entries; /* by slot */
    uint32_t *chains;
    uint32_t records, chain_mask;
    uint32_t in_use;
    uint32_t quota; /* records for each account but root's */
    uint32_t free_first, free_last;
    uint64_t epoch; /* given out last */
    struct users *users;
    struct namespaces *namespaces;
};

/* start: greater than every epoch that another daemon of this boot has given out. -ENOMEM. */
int ledger_init(struct ledger *ledger, uint32_t records, uint32_t quota, uint64_t start);
void ledger_free(struct ledger *ledger);

/* NULL: none. */
struct entry *ledger_find(const struct ledger *ledger, uint64_t cookie, const struct namespace *ns);

/* By slot; NULL: free. */
struct entry *ledger_at(const struct ledger *ledger, uint32_t slot);

/*
 * A slot that has been free the longest, a new epoch, nobody's wants. NULL: there is none for this
 * user. Nobody but root gets more than what is left for others, nor the last sixteenth.
 */
struct entry *ledger_add(struct ledger *ledger, const struct programs_target *target,
                         struct namespace *ns, const struct user *user);

/* Forgets the connection and all that is wanted of it. */
void ledger_remove(struct ledger *ledger, struct entry *entry);

/* The classes that a user wants of it. */
uint32_t ledger_wanted(struct entry *entry, const struct user *user);

/* Sets them. -ENOSPC: over his quota; -ENOMEM. Taking away always succeeds. */
int ledger_want(struct ledger *ledger, struct entry *entry, struct user *user, uint32_t classes);

/* He still wants what he wants, if he wants anything. */
void ledger_renew(struct entry *entry, const struct user *user, uint64_t now);

/* The union over an entry's users, or over all that the programs were told. */
uint32_t ledger_union(const struct entry *entry);
uint32_t ledger_classes(const struct ledger *ledger);

#endif
