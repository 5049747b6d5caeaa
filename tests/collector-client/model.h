/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A world for tests of the library with a collector: one connection whose truth the test knows, a
 * sock_diag that tells it, a collector (mock-link.h) that looks when the test says so, and a clock
 * that only the test moves. The library's own te_diag_lookup() and clock_gettime() are wrapped.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdlib.h>
#include <string.h>

#include "members/members.h"
#include "mock-link.h"
#include "suite.h"

#define MODEL_MS UINT64_C(1000000)
#define MODEL_ALL (0x1feu | ON_INBOUND)

struct model {
    uint64_t now_ns;
    uint64_t cookie;
    struct te_tuple tuple;
    bool alive;
    unsigned info_len; /* that sock_diag sends */
    unsigned lookups;
    struct te_record_sock sock; /* the truth; wqueue, rqueue and the rest follow from it */
    struct te_record_events
        events; /* since the last model_begin(), as a perfect collector has them */
};

extern struct model model;

/* A fresh connection, established and idle, a daemon without records, and a state directory. */
void model_begin(void);
void model_end(void);

/* The collector looks at the connection, if it has a record of it. */
void model_look(void);

/* Another connection with the same addresses and ports. */
void model_reuse(void);

/* A handle as another process would have one: with its own link, lanes and state. */
struct tcpestats *model_handle(uint32_t freshness_ms);

const char *model_state_dir(void);

struct tcpestats_conn model_conn(void);
int model_set(struct tcpestats *te, unsigned cls, int on);
void model_enable_all(struct tcpestats *te);
int model_get(struct tcpestats *te, unsigned cls, struct tcpestats_sample *sample);

/* One member that must be known. */
uint64_t model_member(struct tcpestats *te, unsigned id);
#define MODEL(te, name) model_member((te), TCPESTATS_F_##name)

/* The whole value. */
struct tcpestats_value model_value(struct tcpestats *te, unsigned id);

#endif
