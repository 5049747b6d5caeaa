/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "seen.h"

#include <stdlib.h>

/*
 * A socket that connects once more keeps its identity. On which interface it is says nothing more,
 * where there is one.
 */
static int order(const struct conn *a, const struct conn *b)
{
    int ends;

    if (a->netns != b->netns)
        return a->netns < b->netns ? -1 : 1;
    if (a->identity != b->identity)
        return a->identity < b->identity ? -1 : 1;
    if (!a->identity)
        return conn_compare(a, b);
    if (!a->remote.port || !b->remote.port)
        return 0;
    ends = endpoint_compare(&a->local, &b->local);
    return ends ? ends : endpoint_compare(&a->remote, &b->remote);
}

static int order_items(const void *first, const void *second)
{
    const struct conn *const *a = first, *const *b = second;

    return order(*a, *b);
}

void *seen_find(const struct seen *seen, const struct conn *conn)
{
    struct conn **found = NULL;

    if (seen->sorted)
        found = bsearch(&conn, seen->items, seen->sorted, sizeof(struct conn *), order_items);
    return found ? *found : NULL;
}

int seen_add(struct seen *seen, struct conn *kept, struct failure *failure)
{
    if (seen->count == seen->room) {
        size_t room = seen->room ? 2 * seen->room : 64;
        struct conn **grown = realloc(seen->items, room * sizeof(struct conn *));

        if (!grown)
            return fail_with(failure, TOOL_OTHER, "out of memory");
        seen->items = grown;
        seen->room = room;
    }
    seen->items[seen->count++] = kept;
    return TOOL_OK;
}

void seen_keep(struct seen *seen, bool (*keep)(struct conn *kept, void *arg), void *arg)
{
    size_t kept = 0;
    bool has_new = seen->sorted < seen->count;

    for (size_t i = 0; i < seen->count; i++)
        if (keep(seen->items[i], arg))
            seen->items[kept++] = seen->items[i];
    seen->count = seen->sorted = kept;
    if (kept && has_new)
        qsort(seen->items, kept, sizeof(struct conn *), order_items);
}

void seen_free(struct seen *seen, void (*drop)(struct conn *kept, void *arg), void *arg)
{
    for (size_t i = 0; i < seen->count; i++)
        drop(seen->items[i], arg);
    free(seen->items);
    *seen = (struct seen){NULL, 0, 0, 0};
}
