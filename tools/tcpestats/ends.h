/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections that end, in all namespaces that are looked into: ends-linux.c. Windows tells nobody,
 * and so ends_look() fails there.
 */
#ifndef ENDS_H
#define ENDS_H

#include "backend.h"

struct pollfd;

struct ended {
    struct conn conn;
    enum tcpestats_ending ending;
    uint64_t time_ns, seen_ns, unseen_ns; /* as in struct tcpestats_end */
    const struct reading *readings;       /* of the classes asked for; NULL: none are known */
};

/*
 * Listens, from the first call on; looks at what lives, so that ends are told with users and ages,
 * and takes in namespaces that are new. To be called every now and then.
 */
int ends_look(struct failure *failure);

/* On Linux: how many descriptors to poll; the first room of them are put into fds. */
size_t ends_poll(struct pollfd *fds, size_t room);

/*
 * Calls visit for each that has ended since. *lost grows by those that the kernel found no room
 * for. A non-zero return of visit ends the call.
 */
int ends_read(unsigned classes, int (*visit)(const struct ended *, void *), void *arg,
              uint64_t *lost, struct failure *failure);

/* From now on, or not any more, term_wait() ends by TERM_WAKE while there is something to read. To
 * be called again after ends_look(). */
void ends_wake(bool on);

/* "closed", "reset", ...: part of the output, never changed. And what such a code stands for. */
const char *ending_code(enum tcpestats_ending how);
enum tcpestats_ending ending_find(const char *code);

#endif
