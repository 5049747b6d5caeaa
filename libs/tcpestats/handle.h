/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands behind the public types: the handle, a snapshot, and one question under way. */
#ifndef TE_HANDLE_H
#define TE_HANDLE_H

#include <stdatomic.h>

#include "collector/collector.h"
#include "lanes.h"
#include "members/members.h"
#include "tcpestats.h"

struct tcpestats {
    struct te_lanes *lanes;
    struct te_netns netns;
    struct te_places places;
    char *state_dir;       /* NULL: the usual places */
    uint64_t freshness_ns; /* how old a record may be; 0: sock_diag is asked each time */
    struct te_collector_link *link;
    _Atomic uint64_t up_ns;    /* when the collector was last seen to be there */
    _Atomic unsigned info_len; /* bytes of tcp_info that the kernel sends, 0: not known yet */
};

/* What is known of one connection at one instant, with what is remembered of it. */
struct tcpestats_snapshot {
    uint32_t classes;  /* bits of those that it can answer, 0: it holds nothing */
    bool off_too;      /* whether they are on or not */
    uint32_t features; /* of the collector whose record this is */
    bool is_recorded;  /* record is live */
    struct te_snapshot now;
    struct te_bytes bytes;
    struct te_entry entry;
    struct te_record_copy record; /* of the collector, where is_recorded */
};

/* One question about one connection. */
struct te_call {
    struct tcpestats *te;
    struct te_lane *lane;
    struct te_query query;
    uint32_t classes;                  /* bits of those that will be read */
    bool off_too;                      /* whether they are on or not */
    uint32_t switched;                 /* classes that this question itself switches on */
    uint32_t asked;                    /* classes that the collector was asked for */
    const int *own_fd;                 /* the program's own socket, NULL: it is looked up */
    bool has_news;                     /* what the collector said is to be remembered, too */
    struct te_collector_starts starts; /* as it said */
    struct te_entry_ref ref;
    struct tcpestats_snapshot *snapshot;
};

/* Are these classes for a call, with TCPESTATS_OFF_TOO or without? */
bool te_classes_good(uint32_t classes);

/* A question that is of no connection yet. */
struct te_call te_call_for(uint32_t classes, struct tcpestats_snapshot *snapshot);

/* Begins and ends a question. The caller fills query, classes and snapshot. */
void te_call_begin(struct te_call *call, struct tcpestats *te, struct te_lane_use *use);

/* Forgets what the collector said: the next connection of a sweep is another question. */
void te_call_reset(struct te_call *call);

/* Checks and canonicalises what a caller named. -EINVAL, -EAFNOSUPPORT. */
int te_query_of(const struct tcpestats_conn *conn, struct te_query *query);

/* Makes conn the name of what the kernel told. */
void te_conn_name(struct tcpestats_conn *conn, const struct te_snapshot *s);

/* Completes conn by what the kernel said. Honours conn->size. */
void te_conn_fill(struct tcpestats_conn *conn, const struct te_snapshot *s, uint32_t enabled);

/* How well byte counts must be known for some classes; bits. */
enum te_care {
    TE_CARE_QUEUES = 1, /* queue lengths must be of the same instant as the rest */
    TE_CARE_BYTES = 2,  /* SYN and FIN must be told from payload */
    TE_CARE_OPENER = 4  /* and the opener must be named, if need be by a guess */
};

/* --- needs.c: what classes need --- */

enum te_care te_care_of(uint32_t classes);
uint32_t te_want_of(uint32_t classes); /* enum te_want */
bool te_must_look(uint32_t classes);   /* is a record never enough? */

/* The classes that a snapshot can answer that was taken for these. */
uint32_t te_classes_served(uint32_t classes);

/* Is the connection of an old entry alive? te_alive_fn of a te_call. */
int te_is_alive(void *call, const struct te_ident *ident);

/* --- take.c --- */

/* Takes a snapshot that can answer call->classes. Errors: as tcpestats_get(). */
int te_take(struct te_call *call);

/* Looks the connection up. Errors: as te_diag_lookup(). */
int te_look(struct te_call *call, struct te_snapshot *s);

/*
 * Completes a snapshot of which `now` is there: with what is remembered, what the collector tells,
 * and byte counts as good as the classes want them. may_ask: the collector may be asked to begin.
 */
int te_complete(struct te_call *call, bool may_ask);

/* Reads what is remembered of the connection in snapshot->now. */
void te_recall(struct te_call *call);

/* What this question saw, to be taken in. */
struct te_news te_news_of(const struct te_call *call);

/* --- get.c --- */

void te_fill_sample(struct tcpestats_sample *sample, enum tcpestats_class cls,
                    const struct tcpestats_snapshot *snapshot);

/* --- begun.c --- */

/* Notes what the counters of these classes are, which are being switched on. */
void te_note_begun(struct tcpestats_snapshot *snapshot, uint32_t classes);

/* --- consult.c --- */

/*
 * What the collector has to say of the connection in snapshot->now, whose entry has been read. Asks
 * it for classes that are on and that it does not have, if may_ask.
 */
void te_consult(struct te_call *call, bool may_ask);

/* Fills the snapshot from the record alone, if that is new enough for the classes. No system call.
 */
bool te_take_recorded(struct te_call *call);

/* Is the collector still to be asked for some of these classes, and may it be? */
bool te_may_ask(const struct te_call *call, uint32_t classes);

/* These classes are collected since then; 0: since they were switched on. */
void te_begin_classes(struct te_entry *entry, uint32_t classes, uint64_t since_ns);

#endif
