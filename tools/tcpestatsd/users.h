/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each user has of what there is little of. Limits are an account's, and all ids that
 * /etc/subuid lends to somebody are on his account.
 */
#ifndef TCPESTATSD_USERS_H
#define TCPESTATSD_USERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct account {
    struct account *next;
    uint64_t id; /* subids.h */
    uint32_t users;
    uint32_t records; /* that collect for it; one that does for two of its users counts twice */
    uint32_t clients; /* connections to the socket */
    uint32_t seats;   /* those and the ones that are still being closed */
};

struct user {
    struct user *next;
    uid_t uid;
    struct account *account;
    uint32_t uses;
};

struct users {
    struct user *first;
    struct account *accounts;
};

/* Found or made, and in use once more; NULL: out of memory. */
struct user *users_get(struct users *users, uid_t uid);

/* Found, or NULL. */
struct user *users_find(const struct users *users, uid_t uid);

void users_use(struct user *user);
void users_put(struct users *users, struct user *user);

/* Root himself: what he needs is not up to others. */
bool user_is_root(const struct user *user);

#endif
