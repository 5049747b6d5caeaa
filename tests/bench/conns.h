/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loopback connections in bulk, held by child processes since one may not hold so many. */
#ifndef BENCH_CONNS_H
#define BENCH_CONNS_H

#include "raw.h"

struct conns {
    struct ports *ports;
    unsigned count;
    int *holders; /* closing one of these ends its process */
    int *pids;
    unsigned holder_count;
};

void conns_open(struct conns *conns, unsigned count);

/* Closes all by reset, so that no TIME_WAIT is left in the kernel's table. */
void conns_close(struct conns *conns);

/* Of these, 2,500 at most, 50 send something a hundred times a second. */
void conns_open_chattering(struct conns *conns, unsigned count);

/* One connection that exchanges small messages all the time, at some 10,000 a second. */
void conns_open_busy(struct conns *conns);

/* One connection of this process' own, both ends; fd[0] has connected. */
struct ports conns_open_own(int fd[2]);

#endif
