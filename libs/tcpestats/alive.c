/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "alive.h"

#define ROOM_LEAST 256

/*
 * What has vanished from the looks is kept: a connection that the other end reset is not listed any
 * more, and its end is told when the program closes it. But so many at most beside those that live.
 */
#define VANISHED_MAX 4096

/* Cookies are small numbers one after the other: any few bits of them are well spread. */
static size_t home_of(const struct te_living *all, uint64_t cookie)
{
    return (size_t)cookie & (all->room - 1);
}

/* The slot of that cookie, or the free one where it belongs. There always is a free one. */
static struct te_alive *slot_of(const struct te_living *all, uint64_t cookie)
{
    size_t at = home_of(all, cookie);

    while (all->slots[at].now.cookie && all->slots[at].now.cookie != cookie)
        at = (at + 1) & (all->room - 1);
    return &all->slots[at];
}

static int make_room(struct te_living *all)
{
    struct te_living grown = *all;

    if (all->count < all->room / 4 * 3)
        return 0;
    grown.room = all->room ? 2 * all->room : ROOM_LEAST;
    grown.slots = calloc(grown.room, sizeof(*grown.slots));
    if (!grown.slots)
        return -ENOMEM;
    for (size_t i = 0; i < all->room; i++)
        if (all->slots[i].now.cookie)
            *slot_of(&grown, all->slots[i].now.cookie) = all->slots[i];
    free(all->slots);
    *all = grown;
    return 0;
}

void te_living_begin_look(struct te_living *all, uint64_t now_ns)
{
    all->look++;
    all->before_ns = all->began_ns;
    all->began_ns = now_ns;
}

int te_living_add(struct te_living *all, const struct te_snapshot *s)
{
    struct te_alive *seen;
    struct te_bytes bytes;
    int error = make_room(all);

    if (error || !s->cookie)
        return error;
    seen = slot_of(all, s->cookie);
    if (!seen->now.cookie) {
        *seen = (struct te_alive){.first_ns = s->time_ns, .unseen_ns = all->before_ns};
        all->count++;
    }
    seen->look = all->look;
    seen->now = *s;
    if (te_bytes_settled(s)) {
        te_bytes_compute(s, seen->open, &bytes);
        seen->open = bytes.open;
    }
    return 0;
}

const struct te_alive *te_living_find(const struct te_living *all, uint64_t cookie)
{
    const struct te_alive *seen = all->room ? slot_of(all, cookie) : NULL;

    return seen && seen->now.cookie ? seen : NULL;
}

void te_living_remove(struct te_living *all, uint64_t cookie)
{
    struct te_alive *gap = all->room ? slot_of(all, cookie) : NULL;
    size_t mask = all->room - 1;

    if (!gap || !gap->now.cookie)
        return;
    all->count--;
    /* Those behind it that could not have their own place for it move up. */
    for (size_t at = (size_t)(gap - all->slots);;) {
        struct te_alive *next;

        at = (at + 1) & mask;
        next = &all->slots[at];
        if (!next->now.cookie)
            break;
        if (((at - home_of(all, next->now.cookie)) & mask) >=
            ((at - (size_t)(gap - all->slots)) & mask)) {
            *gap = *next;
            gap = next;
        }
    }
    gap->now.cookie = 0;
}

void te_living_end_look(struct te_living *all)
{
    struct te_living kept = *all;
    size_t alive = 0;

    for (size_t i = 0; i < all->room; i++)
        alive += all->slots[i].now.cookie && all->slots[i].look == all->look;
    if (all->count <= 2 * alive + VANISHED_MAX)
        return;
    kept.slots = calloc(kept.room, sizeof(*kept.slots));
    if (!kept.slots)
        return;
    kept.count = 0;
    /* The ends of those that the last look found may not have been read yet. */
    for (size_t i = 0; i < all->room; i++)
        if (all->slots[i].now.cookie && all->look - all->slots[i].look <= 1) {
            *slot_of(&kept, all->slots[i].now.cookie) = all->slots[i];
            kept.count++;
        }
    free(all->slots);
    *all = kept;
}

void te_living_free(struct te_living *all)
{
    free(all->slots);
    *all = (struct te_living){.slots = NULL};
}
