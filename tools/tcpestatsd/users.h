/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each user has of what there is little of. */
#ifndef TCPESTATSD_USERS_H
#define TCPESTATSD_USERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct user {
    struct user *next;
    uid_t uid;
    uint32_t connections; /* records that collect for him */
    uint32_t clients;     /* connections to the socket, those being closed included */
    uint32_t stuck;       /* descriptors of his being closed that may keep us waiting */
};

struct users {
    struct user *first;
};

/* Found or made; NULL: out of memory. */
struct user *users_get(struct users *users, uid_t uid);

/* Found, or NULL. */
struct user *users_find(const struct users *users, uid_t uid);

/* Forgets him if he has nothing (any more). */
void users_put(struct users *users, struct user *user);

#endif
