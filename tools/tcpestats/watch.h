/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats watch: what is known of the watched connections, and how it is shown. */
#ifndef WATCH_H
#define WATCH_H

#include "conns.h"

/* A number that need not be known. */
struct maybe {
    bool known;
    uint64_t value;
};

/* Who held the sender back: the receiver by its window, the path by congestion control, or the
   sender itself, which had nothing to send or no room for it. */
enum limit { LIMIT_RECEIVER, LIMIT_PATH, LIMIT_SENDER, LIMITS };

struct watched {
    struct conn conn;
    unsigned ours;                             /* classes that we switched on; bit n: class n */
    bool seen;                                 /* still there at this interval */
    bool is_read;                              /* and read */
    uint64_t time_ns;                          /* of the last reading of Data, 0: none */
    uint64_t elapsed_ns;                       /* between the last two */
    struct maybe bytes_out, bytes_in, retrans; /* totals */
    struct maybe rate_out, rate_in;            /* bytes/s over elapsed_ns */
    struct maybe new_retrans;                  /* since the last interval */
    struct maybe rtt_us;
    struct maybe limit_ms[LIMITS]; /* totals */
    struct maybe share[LIMITS];    /* per cent of the last interval, together 100 */
    bool approximate;              /* shares: without the collector they are */
};

#define WATCH_COLUMNS 8

struct watch {
    const struct tool *tool;
    struct watched *items;
    size_t count, room;
    uint64_t interval;            /* number of the interval that is shown, from 1 */
    size_t widths[WATCH_COLUMNS]; /* of the columns so far, without a terminal */
    size_t switched;              /* connections for which we switched something on, so far */
};

/* One interval's output: rows are sorted, the busiest first. closed: those that have vanished. */
int watch_show(struct watch *watch, const struct conns *closed, struct failure *failure);

/* Before the first reading and on a changed window: the live view only. */
int watch_redraw(const struct watch *watch, struct failure *failure);

#endif
