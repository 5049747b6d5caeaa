/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The yardstick: the shortest way in which a program can ask the kernel about one connection. */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <stdint.h>

/* A loopback connection, 127.0.0.1 on both ends. */
struct ports {
    uint16_t local, remote;
};

struct raw {
    int fd; /* kept open */
    uint32_t seq;
};

void raw_open(struct raw *raw);
void raw_close(struct raw *raw);

/* One exact look-up with INET_DIAG_INFO: sendto, recv. The kernel's errno, 0 when found. */
int raw_lookup(struct raw *raw, struct ports ports);

#endif
