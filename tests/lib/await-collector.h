/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef AWAIT_COLLECTOR_H
#define AWAIT_COLLECTOR_H

#include <errno.h>
#include <time.h>

#include "tcpestats.h"

/*
 * Waits until the collector tells of a connection on which Path is on: attaching to the kernel may
 * take longer than the library waits, which asks again after a second. 0, -ETIMEDOUT after a
 * minute, or what tcpestats_get() says.
 */
static inline int await_collector(struct tcpestats *te, const struct tcpestats_conn *conn)
{
    const struct timespec tick = {.tv_nsec = 10000000};
    struct tcpestats_sample sample = {.size = sizeof(sample)};
    const unsigned id = TCPESTATS_F_Path_DupAcksIn;

    for (int i = 0; i < 6000; i++) {
        int err = tcpestats_get(te, conn, TCPESTATS_PATH, &sample);

        if (err)
            return err;
        if (sample.values[id - sample.first].backend == TCPESTATS_COLLECTOR)
            return 0;
        nanosleep(&tick, NULL);
    }
    return -ETIMEDOUT;
}

#endif
