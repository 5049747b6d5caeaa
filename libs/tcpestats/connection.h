/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the public functions and the parts: one connection, looked at until its numbers hold. */
#ifndef TE_CONNECTION_H
#define TE_CONNECTION_H

#include <stdatomic.h>

#include "collector/link.h"
#include "lanes.h"
#include "tcpestats.h"

struct tcpestats {
    struct te_lanes *lanes;
    char *state_dir; /* NULL: the default */
    struct te_netns netns;
    uint64_t freshness_ns; /* how old a record may be; 0: sock_diag is asked each time */
    struct te_collector_link *link;
    _Atomic uint64_t quiet_ns; /* the collector is not asked before this time */
    _Atomic uint64_t asked_ns; /* when features were last asked for */
    _Atomic uint32_t features; /* of the collector, 0: there is none for us */
    _Atomic unsigned info_len; /* bytes of tcp_info that the kernel sends, 0: not known yet */
};

/* Checks and canonicalises what a caller named. -EINVAL, -EAFNOSUPPORT. */
int te_query_of(const struct tcpestats_conn *conn, struct te_query *query);

/* Completes conn by what the kernel said; enabled is left alone. Honours conn->size. */
void te_conn_fill(struct tcpestats_conn *conn, const struct te_snapshot *s, uint32_t enabled);

/* How well byte counts must be known. */
enum te_care {
    TE_CARE_LITTLE,
    TE_CARE_QUEUES, /* queue lengths must be of the same instant as the rest */
    TE_CARE_BYTES,  /* SYN and FIN must be told from payload */
    TE_CARE_OPENER  /* and the opener must be named, if need be by a guess */
};

/* What the collector that is there now can tell (enum te_collector_feature); 0: there is none for
 * us. Asks it once a second at most. */
uint32_t te_collector_features(struct tcpestats *te);

/* Looks the connection up once. Errors: as te_diag_lookup(). */
int te_look(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
            struct te_snapshot *s);

/*
 * Works out the bytes of a first look s. As care asks for, looks again (a bounded number of times)
 * until the reply's state is known to belong to its counters and the opener is certain; s is then
 * the reply that b was computed from. known: enum te_open remembered from before. -ENOENT when the
 * connection ended meanwhile; else as te_diag_lookup().
 */
int te_look_closer(struct tcpestats *te, struct te_lane *lane, const struct te_query *query,
                   enum te_care care, uint32_t known, struct te_snapshot *s, struct te_bytes *b);

#endif
