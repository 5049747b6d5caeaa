/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which clients that are still connected have asked for which records: what a user wants is not
 * given up while one of his programs that asked for it is there.
 */
#ifndef TCPESTATSD_HOLDERS_H
#define TCPESTATSD_HOLDERS_H

#include "users.h"

/* Part of a client. All zero: it has asked for nothing yet. */
struct holder {
    struct holder *next, **at;
    const struct user *user;
    uint64_t *slots; /* a bit for each */
};

struct holders {
    struct holder *first;
    uint32_t slots;
};

/* Out of memory: then its user's want has to be renewed like that of a client that has gone. */
void holders_add(struct holders *holders, struct holder *holder, const struct user *user,
                 uint32_t slot);

/* Does a client of this user hold the record? */
bool holders_have(const struct holders *holders, const struct user *user, uint32_t slot);

/* The record is not wanted any more, by this user or (NULL) by anybody. */
void holders_forget(struct holders *holders, const struct user *user, uint32_t slot);

/* The client goes; left() is told of each record that it held. */
void holders_leave(struct holders *holders, struct holder *holder,
                   void (*left)(void *arg, const struct user *user, uint32_t slot), void *arg);

#endif
