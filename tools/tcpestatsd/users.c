/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "subids.h"
#include "users.h"

struct user *users_find(const struct users *users, uid_t uid)
{
    struct user *user;

    for (user = users->first; user && user->uid != uid; user = user->next)
        ;
    return user;
}

static struct account *account_get(struct users *users, uint64_t id)
{
    struct account *account;

    for (account = users->accounts; account && account->id != id; account = account->next)
        ;
    if (!account && (account = calloc(1, sizeof(*account)))) {
        account->id = id;
        account->next = users->accounts;
        users->accounts = account;
    }
    if (account)
        account->users++;
    return account;
}

static void account_put(struct users *users, struct account *account)
{
    struct account **at = &users->accounts;

    if (--account->users)
        return;
    while (*at != account)
        at = &(*at)->next;
    *at = account->next;
    free(account);
}

struct user *users_get(struct users *users, uid_t uid)
{
    struct user *user = users_find(users, uid);

    if (!user && (user = calloc(1, sizeof(*user)))) {
        user->uid = uid;
        user->account = account_get(users, subids_account(uid));
        if (!user->account) {
            free(user);
            return NULL;
        }
        user->next = users->first;
        users->first = user;
    }
    if (user)
        user->uses++;
    return user;
}

void users_use(struct user *user)
{
    user->uses++;
}

void users_put(struct users *users, struct user *user)
{
    struct user **at = &users->first;

    if (--user->uses)
        return;
    while (*at != user)
        at = &(*at)->next;
    *at = user->next;
    account_put(users, user->account);
    free(user);
}

bool user_is_root(const struct user *user)
{
    return user->uid == 0;
}
