/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lane's memory of connections that have a record: what the last full look at them found, so that
 * the next reading needs none. Of one thread at a time, as all that belongs to a lane; it is
 * mapped, not allocated, and a thread that is killed with it leaves nothing that has to be
 * believed.
 *
 * Beside it, for all handles and threads of the process: when a connection was last shown from
 * sock_diag, so that no older record is shown after that, and how often somebody threw a switch.
 */
#ifndef TE_HOT_H
#define TE_HOT_H

#include "collector/link.h"
#include "collector/reading.h"
#include "kernel/kernel.h"
#include "members/sources.h"
#include "memory/state.h"

#define TE_HOT_SLOTS 8192u

struct te_hot {
    struct te_tuple tuple; /* who is asked about: tuple, ifindex and netns. family 0: empty */
    uint32_t ifindex;
    uint32_t switches; /* te_switches() before the state was read */
    uint64_t netns, cookie;
    const struct te_collector_record *record; /* NULL: none that could be used */
    struct te_collector_view view;            /* that it is of */
    uint64_t epoch;
    uint32_t changes;     /* of the record, before the state was read */
    uint32_t asked;       /* classes that we have asked the collector for */
    uint64_t checked_ns;  /* when the state was read */
    uint64_t refused_ns;  /* when the collector would not, 0: never */
    uint32_t looks;       /* counts the full looks at it */
    uint32_t care;        /* enum te_care that s and b satisfy */
    uint32_t info_len;    /* bytes of tcp_info that sock_diag sends */
    struct te_snapshot s; /* sock_diag's answer, time_ns 0: it was not shown */
    struct te_bytes b;
    struct te_entry entry; /* the state, and what records have told since */
};

/* The record that was read last, and what was made of it: often the next class is asked for. */
struct te_last {
    const struct te_hot *hot; /* whose, NULL: nobody's */
    uint32_t looks;           /* of hot, then */
    uint64_t merged_ns;       /* the instant up to which hot->entry has it, 0: it has not */
    struct te_record_copy copy;
    struct te_snapshot s;
    struct te_bytes b;
};

struct te_hot_table {
    struct te_choice choice; /* have ~0: to be made */
    struct te_last last;
    _Alignas(4096) struct te_hot slot[TE_HOT_SLOTS];
};

/* The slot of a connection, or NULL. table may be NULL. */
struct te_hot *te_hot_find(struct te_hot_table *table, const struct te_query *query,
                           uint64_t netns);

/*
 * The slot of a connection, if need be in the place of the one of its neighbours that was not
 * looked at for the longest time, then with nothing but its name. Maps the table first. NULL: no
 * memory.
 */
struct te_hot *te_hot_make(struct te_hot_table **table, const struct te_query *query,
                           uint64_t netns);

/* Forgets all, whatever state it is in. table may be NULL. */
void te_hot_clear(struct te_hot_table *table);

/* Unmaps. table may be NULL. */
void te_hot_free(struct te_hot_table *table);

/* The best rows for what is there, from the table's own copy. */
const struct te_choice *te_hot_choice(struct te_hot_table *table, unsigned info_len, uint32_t have);

/* Of connection `cookie`: when it was last shown from sock_diag, or one like it. */
uint64_t te_shown_ns(uint64_t cookie);
void te_show(uint64_t cookie, uint64_t time_ns);

/* How often this process threw a switch of it, or of one like it. */
uint32_t te_switches(uint64_t cookie);
void te_switched(uint64_t cookie);

#endif
