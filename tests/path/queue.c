/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

void queue_init(struct queue *q, size_t limit)
{
    *q = (struct queue){.limit = limit};
}

void queue_free(struct queue *q)
{
    while (q->count)
        free(q->heap[--q->count]);
    free(q->heap);
    q->heap = NULL;
    q->room = 0;
}

static bool earlier(const struct parcel *a, const struct parcel *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static bool grow(struct queue *q)
{
    size_t room = q->room ? q->room * 2 : 256;
    struct parcel **heap = realloc(q->heap, room * sizeof(*heap));

    if (!heap)
        return false;
    q->heap = heap;
    q->room = room;
    return true;
}

bool queue_push(struct queue *q, uint64_t due_ns, int side, const void *data, size_t len)
{
    struct parcel *p;
    size_t i;

    if (q->count == q->limit || (q->count == q->room && !grow(q)))
        return false;
    p = malloc(sizeof(*p) + len);
    if (!p)
        return false;
    p->due_ns = due_ns;
    p->order = q->order++;
    p->side = side;
    p->len = len;
    memcpy(p->data, data, len);

    for (i = q->count++; i && earlier(p, q->heap[(i - 1) / 2]); i = (i - 1) / 2)
        q->heap[i] = q->heap[(i - 1) / 2];
    q->heap[i] = p;
    return true;
}

const struct parcel *queue_first(const struct queue *q)
{
    return q->count ? q->heap[0] : NULL;
}

void queue_drop_first(struct queue *q)
{
    struct parcel *last;
    size_t i = 0, child;

    free(q->heap[0]);
    last = q->heap[--q->count];
    while ((child = 2 * i + 1) < q->count) {
        if (child + 1 < q->count && earlier(q->heap[child + 1], q->heap[child]))
            child++;
        if (!earlier(q->heap[child], last))
            break;
        q->heap[i] = q->heap[child];
        i = child;
    }
    q->heap[i] = last;
}
