/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packets on their way, ordered by the time at which they come out; equal times keep their order.
 */
#ifndef PATH_QUEUE_H
#define PATH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct parcel {
    uint64_t due_ns;
    uint64_t order; /* the queue's */
    int side;       /* where it comes out */
    size_t len;
    uint8_t data[];
};

struct queue {
    struct parcel **heap;
    size_t count, room, limit;
    uint64_t order;
};

/* limit: most packets to hold, so that a runaway configuration cannot eat the machine. */
void queue_init(struct queue *queue, size_t limit);
void queue_free(struct queue *queue);

/* Copies the packet. False: the limit is reached, or no memory. */
bool queue_push(struct queue *queue, uint64_t due_ns, int side, const void *data, size_t len);

/* The earliest packet, or NULL; stays in the queue. */
const struct parcel *queue_first(const struct queue *queue);

/* Takes the earliest packet out and frees it. */
void queue_drop_first(struct queue *queue);

#endif
