/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One request, one answer. Nothing that comes in here is trusted; no I/O but the programs'. */
#ifndef TCPESTATSD_REQUESTS_H
#define TCPESTATSD_REQUESTS_H

#include "shared/protocol.h"
#include "collection.h"

/* The client as requests see it. */
struct peer {
    int socket;
    struct user *user;
    bool trusted;
    struct namespace *ns; /* NULL: not looked at yet */
    struct holder holder;
};

/*
 * Answers a message of size bytes (more are in data only if size says so). *map_fd: what goes with
 * the answer, or -1. clients: for STATUS. False: not a request; whoever sends such things is not
 * worth an answer.
 */
bool request_answer(struct collector *collector, struct peer *peer, const void *data, size_t size,
                    uint32_t clients, struct te_collector_answer *answer, int *map_fd);

/* Lets go of what the peer has. */
void request_forget(struct collector *collector, struct peer *peer);

#endif
