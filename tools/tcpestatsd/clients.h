/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connections to the socket. None can make the others wait: a client is served one request at a
 * time in turn, and is dropped when it doesn't speak the protocol, doesn't take its answers or
 * sends descriptors. Every connection has a seat, which it gives back when the closer has closed
 * it.
 */
#ifndef TCPESTATSD_CLIENTS_H
#define TCPESTATSD_CLIENTS_H

#include "closer.h"
#include "requests.h"

#define CLIENTS_MAX 1024

struct client {
    struct client *next, *previous;
    int fd;
    uint32_t seat;
    struct peer peer;
    uint64_t deadline_ns; /* for its first request, 0: has come */
};

struct clients {
    struct collector *collector;
    struct client *first;
    uint32_t count;
    uint32_t per_user;
    gid_t group;
    int listener, epoll;
    uint64_t rest_ns; /* not accepting until then, 0: accepting */
    struct seat {
        struct user *user; /* NULL: free */
        bool stranger;
    } seats[CLOSER_KEEPS];
    uint32_t seat_count, taken, strangers;
    bool lost; /* the closer is gone: nothing is safe any more */
};

/* Watches the listener, too, with data.ptr == &clients->listener. 0 or a negative errno. */
int clients_init(struct clients *clients);
void clients_free(struct clients *clients);

/* Somebody wants to connect. False: nobody. */
bool clients_accept(struct clients *clients);

/* Serves one request of a client. It may be freed then. */
void clients_serve(struct clients *clients, struct client *client);

/* Takes note of what has been closed. */
void clients_collect(struct clients *clients);

/* Drops a client that keeps silent; the time of the next thing to do, 0: none. */
uint64_t clients_tick(struct clients *clients, uint64_t now);

#endif
