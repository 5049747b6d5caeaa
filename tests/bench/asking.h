/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is measured: asking about connections, one after the other, in all ways. */
#ifndef BENCH_ASKING_H
#define BENCH_ASKING_H

#include "conns.h"
#include "raw.h"
#include "tcpestats.h"

struct asking {
    struct raw *raw; /* or */
    struct tcpestats *handle;
    uint32_t classes;                    /* bits; of a Get one */
    struct tcpestats_snapshot *snapshot; /* for what takes one */
    const struct ports *ports;           /* asked about in turn */
    unsigned count, next;
    uint32_t ifindex; /* to be named, or 0 */
    unsigned parts;   /* a call's time is divided by it, unless 0 */
    int fd;           /* the program's own socket */
    int expect;       /* the error that is the right answer; 0: found */
};

struct tcpestats *asking_open(const char *state_dir);
struct tcpestats_snapshot *asking_snapshot(void);
struct tcpestats_conn asking_conn(struct ports ports);

/* Switches classes on; ends the program when that fails. */
void asking_switch_on(struct tcpestats *handle, struct ports ports, uint32_t classes);

/* The classes that are polled, bits. */
#define ASKING_POLLED \
    (1u << TCPESTATS_DATA | 1u << TCPESTATS_SND_CONG | 1u << TCPESTATS_PATH | 1u << TCPESTATS_REC)

/* For struct condition; arg is a struct asking. */
uint64_t asking_raw(void *arg, unsigned calls);
uint64_t asking_get(void *arg, unsigned calls);
uint64_t asking_set_on(void *arg, unsigned calls); /* what is on already */
uint64_t asking_take(void *arg, unsigned calls);   /* a snapshot, and reads the classes from it */
uint64_t asking_own(void *arg, unsigned calls);    /* the same of fd */
uint64_t asking_sweep(void *arg, unsigned calls);  /* the same of all there are */

#endif
