/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection to the collector: opened, checked, asked. Used by one thread at a time. */
#ifndef TE_COLLECTOR_WIRE_H
#define TE_COLLECTOR_WIRE_H

#include <stdbool.h>

#include "shared/protocol.h"

struct te_collector_wire {
    int fd;             /* -1: not open */
    uint32_t serial;    /* of the last request */
    uint64_t fd_cookie; /* identity of fd when we opened it: is the number still ours? */
};

#define TE_COLLECTOR_WIRE_INIT \
    {                          \
        .fd = -1               \
    }

/*
 * Connects without waiting. -ENOENT, -ECONNREFUSED: nobody there; -EAGAIN: too busy; -EACCES: not
 * for this user; -EPERM: it is not a daemon to be trusted; others of socket() and connect().
 */
int te_collector_wire_open(struct te_collector_wire *wire, const char *path);

/* Closes the descriptor if it is still ours. */
void te_collector_wire_close(struct te_collector_wire *wire);

/* Still ours, and the other end open? */
bool te_collector_wire_is_up(const struct te_collector_wire *wire);

/*
 * Asks and waits for the answer until deadline_ns (CLOCK_MONOTONIC). Completes request. send_fd: a
 * descriptor that goes with it, or -1. *got_fd: one that came back, to be closed, or -1; NULL where
 * none is wanted. 0: there is an answer, which may be an error. -ENOTCONN, -ETIMEDOUT, -EPROTO: the
 * connection is of no use any more, close it.
 */
int te_collector_wire_ask(struct te_collector_wire *wire, struct te_collector_request *request,
                          int send_fd, uint64_t deadline_ns, struct te_collector_answer *answer,
                          int *got_fd);

#endif
