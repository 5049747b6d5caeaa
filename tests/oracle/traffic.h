/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end's part of a transfer. Failures end the program with a message. */
#ifndef ORACLE_TRAFFIC_H
#define ORACLE_TRAFFIC_H

#include "scenario.h"

struct bytes_moved {
    uint64_t written, read;
};

/* Runs until everything is sent and acknowledged, and to_read bytes are read. sip: see scenario.h
 */
struct bytes_moved traffic_run(int fd, const struct traffic *traffic, uint64_t to_read, int sip);

uint64_t clock_ns(int clock);

#endif
