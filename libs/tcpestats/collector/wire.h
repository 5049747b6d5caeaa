/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection to the collector: opened, checked, asked. Used by one thread at a time. */
#ifndef TE_COLLECTOR_WIRE_H
#define TE_COLLECTOR_WIRE_H

#include <stdbool.h>

#include "shared/protocol.h"

struct te_collector_wire {
    int fd;          /* -1: not open */
    uint32_t serial; /* of the last request */
};

#define TE_COLLECTOR_WIRE_INIT \
    {                          \
        .fd = -1               \
    }

/*
 * Connects a socket, which is the wire's from now on or closed, without waiting. The collector lets
 * it speak of the connections of the network namespace in which it was made, and of no others. fd
 * may be the error of making it, which is then returned. -ENOENT, -ECONNREFUSED: nobody there;
 * -EAGAIN: too busy; -EACCES: not for this user; -EPERM: it is not a daemon to be trusted; others
 * of connect().
 */
int te_collector_wire_open(struct te_collector_wire *wire, int fd, const char *path);
void te_collector_wire_close(struct te_collector_wire *wire);

/* Is the other end still there? */
bool te_collector_wire_is_up(const struct te_collector_wire *wire);

/* Completes a request and sends it. -ENOTCONN: the connection is of no use, close it. */
int te_collector_wire_send(struct te_collector_wire *wire, struct te_collector_request *request);

/*
 * Waits for the answer to a request that was sent, until deadline_ns (te_now()); answers come in
 * the order of the requests, and those to earlier ones are passed over. *got_fd: a descriptor that
 * came with it, to be closed, or -1; NULL where none is wanted. 0: there is an answer, which may be
 * an error. -ENOSPC: the collector has no room for this connection; -ENOTCONN, -ETIMEDOUT, -EPROTO:
 * as above, of no use.
 */
int te_collector_wire_receive(struct te_collector_wire *wire,
                              const struct te_collector_request *request, uint64_t deadline_ns,
                              struct te_collector_answer *answer, int *got_fd);

#endif
