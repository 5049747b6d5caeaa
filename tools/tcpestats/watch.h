/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats watch: what is known of the watched connections, and how it is shown. */
#ifndef WATCH_H
#define WATCH_H

#include "conns.h"
#include "verdict.h"

/* A number that need not be known. */
struct maybe {
    bool known;
    uint64_t value;
};

/* What the last intervals measured, in a ring; negative: not known. */
#define HISTORY 120
struct history {
    size_t next, count;
    struct moment {
        float rate_out, rate_in, rtt_us;
    } moments[HISTORY];
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
    struct history *history;       /* for the live view only, else NULL */
    struct recent *recent;         /* NULL: none yet */
};

/* What the rows of the live view are sorted by; all but the last the largest first. */
enum watch_sort {
    SORT_BOTH, /* rates in and out together */
    SORT_OUT,
    SORT_IN,
    SORT_RTT,
    SORT_NEW_RETRANS,
    SORT_RETRANS,
    SORT_CONNECTION,
    SORTS
};

/* How the user wants the live view. */
struct screen {
    enum watch_sort sort;
    bool reversed, frozen, has_help, has_details;
    bool has_selected;
    struct conn selected; /* the marked row, and whose details are shown */
    size_t top;           /* the first row that is shown */
};

#define WATCH_COLUMNS 9

struct watch {
    const struct tool *tool;
    struct watched *items;
    size_t count, room;
    size_t sorted;                /* so many can be found, while an interval is read */
    uint64_t interval;            /* number of the interval that is shown, from 1 */
    size_t widths[WATCH_COLUMNS]; /* of the columns so far, without a terminal */
    size_t switched;              /* connections for which we switched something on, so far */
    struct screen screen;
};

/* Puts the rows in the order that the screen wants; without one the busiest come first. */
void watch_sort(struct watch *watch);

/* One interval's output: rows are sorted, the busiest first. closed: those that have vanished. */
int watch_show(struct watch *watch, const struct conns *closed, struct failure *failure);

/* Before the first reading, on a changed window and after a key: the live view only. */
int watch_redraw(struct watch *watch, struct failure *failure);

/* What a key means; false: the end. */
bool watch_key(struct watch *watch, uint32_t key);

/* What holds it back, by the last readings. */
void watch_verdict(const struct watched *w, struct verdict *verdict);

/* --- The cells of a row, for both kinds of views --- */

enum watch_column {
    COLUMN_OUT,
    COLUMN_IN,
    COLUMN_RTT,
    COLUMN_NEW_RETRANS,
    COLUMN_RETRANS,
    COLUMN_WHY,
    COLUMN_HELD,
    COLUMN_CONNECTION,
    COLUMN_STATE,
    /* For windows that have no room for the others. */
    COLUMN_BOTH, /* rates in and out together */
    COLUMN_REMOTE,
    COLUMNS
};

struct table;

extern const struct watch_head {
    const char *name;
    char align;
} watch_heads[COLUMNS];

/* verdict: watch_verdict() of the row, made once for all of its cells. */
void watch_cell(struct table *table, enum watch_column column, const struct watched *w,
                const struct verdict *verdict);

#define HELD_TEXT_MAX 64
/*
 * "path 85%, sender 15%": who had most of the time first, who had none not at all. "-" for an end
 * that had nothing to send: that its sender held it back would be no finding.
 */
void watch_held_text(const struct watched *w, const struct verdict *verdict,
                     char text[HELD_TEXT_MAX]);

#endif
