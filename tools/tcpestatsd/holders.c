/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "holders.h"

enum { BITS = 64 };

static uint32_t words_of(const struct holders *holders)
{
    return (holders->slots + BITS - 1) / BITS;
}

static uint64_t bit_of(uint32_t slot)
{
    return UINT64_C(1) << slot % BITS;
}

void holders_add(struct holders *holders, struct holder *holder, const struct user *user,
                 uint32_t slot)
{
    if (!holder->slots) {
        holder->slots = calloc(words_of(holders), sizeof(*holder->slots));
        if (!holder->slots)
            return;
        holder->user = user;
        holder->at = &holders->first;
        holder->next = holders->first;
        if (holder->next)
            holder->next->at = &holder->next;
        holders->first = holder;
    }
    holder->slots[slot / BITS] |= bit_of(slot);
}

bool holders_have(const struct holders *holders, const struct user *user, uint32_t slot)
{
    const struct holder *holder;

    for (holder = holders->first; holder; holder = holder->next)
        if (holder->user == user && holder->slots[slot / BITS] & bit_of(slot))
            return true;
    return false;
}

void holders_forget(struct holders *holders, const struct user *user, uint32_t slot)
{
    struct holder *holder;

    for (holder = holders->first; holder; holder = holder->next)
        if (!user || holder->user == user)
            holder->slots[slot / BITS] &= ~bit_of(slot);
}

void holders_leave(struct holders *holders, struct holder *holder,
                   void (*left)(void *arg, const struct user *user, uint32_t slot), void *arg)
{
    if (!holder->slots)
        return;
    for (uint32_t word = 0; word < words_of(holders); word++)
        for (uint64_t bits = holder->slots[word]; bits; bits &= bits - 1)
            left(arg, holder->user, word * BITS + (uint32_t)__builtin_ctzll(bits));
    *holder->at = holder->next;
    if (holder->next)
        holder->next->at = holder->at;
    free(holder->slots);
    memset(holder, 0, sizeof(*holder));
}
