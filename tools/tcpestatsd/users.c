/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "users.h"

struct user *users_find(const struct users *users, uid_t uid)
{
    struct user *user;

    for (user = users->first; user && user->uid != uid; user = user->next)
        ;
    return user;
}

struct user *users_get(struct users *users, uid_t uid)
{
    struct user *user = users_find(users, uid);

    if (user)
        return user;
    user = calloc(1, sizeof(*user));
    if (!user)
        return NULL;
    user->uid = uid;
    user->next = users->first;
    users->first = user;
    return user;
}

void users_put(struct users *users, struct user *user)
{
    struct user **at;

    if (user->connections || user->clients || user->stuck)
        return;
    for (at = &users->first; *at; at = &(*at)->next) {
        if (*at == user) {
            *at = user->next;
            free(user);
            return;
        }
    }
}
