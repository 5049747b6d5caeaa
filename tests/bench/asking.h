/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is measured: asking about connections, one after the other, in either way. */
#ifndef BENCH_ASKING_H
#define BENCH_ASKING_H

#include "raw.h"
#include "tcpestats.h"

struct asking {
    struct raw *raw; /* or */
    struct tcpestats *handle;
    enum tcpestats_class cls;
    const struct ports *ports; /* asked about in turn */
    unsigned count, next;
    int expect; /* the error that is the right answer; 0: found */
};

struct tcpestats *asking_open(const char *state_dir, uint32_t flags);
struct tcpestats_conn asking_conn(struct ports ports);

/* Switches a class; ends the program when that fails. */
void asking_switch(struct tcpestats *handle, struct ports ports, enum tcpestats_class cls, int on);

/* For struct condition; arg is a struct asking. */
uint64_t asking_raw(void *arg, unsigned calls);
uint64_t asking_get(void *arg, unsigned calls);
uint64_t asking_set(void *arg, unsigned calls);    /* on and off in turn */
uint64_t asking_set_on(void *arg, unsigned calls); /* what is on already */

#endif
