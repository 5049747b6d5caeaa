/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ledger and the programs together: what is wanted is collected, and nothing else. */
#ifndef TCPESTATSD_COLLECTION_H
#define TCPESTATSD_COLLECTION_H

#include "holders.h"
#include "ledger.h"

struct collector {
    struct programs *programs;
    struct ledger ledger;
    struct users users;
    struct namespaces namespaces;
    struct holders holders;
    const struct te_collector_record *records; /* as the programs write them */
    uint64_t start;
    uint64_t adjust_ns; /* when to detach what is not needed any more, 0: nothing is */
    uint64_t sweep_ns;  /* when to look for records that died unseen */
    uint64_t lease;     /* ns after which a want lapses that nobody renews */
    uint64_t lapse_ns;  /* when to look for those */
};

struct collector_options {
    uint32_t records, quota;
    uint64_t lease;     /* ns */
    const char *cgroup; /* NULL: found */
};

/* Loads the programs. Errors: as programs_open(), -ENOMEM. */
int collector_init(struct collector *collector, const struct collector_options *options);
void collector_free(struct collector *collector);

/* Collects more classes for a user; on success *entry names the record. */
int collector_enable(struct collector *collector, struct user *user, struct namespace *ns,
                     const struct programs_target *target, uint32_t classes, struct entry **entry);

/* A client of his holds the record from now on; and goes. */
void collector_hold(struct collector *collector, struct holder *holder, const struct user *user,
                    const struct entry *entry);
void collector_leave(struct collector *collector, struct holder *holder);

/* Takes a user's classes back. */
int collector_disable(struct collector *collector, struct user *user, struct namespace *ns,
                      uint64_t cookie, uint32_t classes);

/* Frees what has died, when programs_dead_fd() is readable. */
void collector_reap(struct collector *collector);

/* Does what is due; the time of the next thing to do (CLOCK_MONOTONIC), 0: none. */
uint64_t collector_tick(struct collector *collector, uint64_t now);

uint64_t clock_ns(void);

#endif
