/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What holds a connection back: from readings of it to a verdict, one for each direction. Pure: no
 * system calls, no allocation. docs/why.md has the causes, what each end can tell of them, and how
 * often that was right.
 *
 * Readings of all classes that there are go in, oldest first:
 *
 *     evidence_begin(&evidence);
 *     evidence_add(&evidence, readings);      twice at least; a few ten times are better
 *     verdict_make(&evidence, &verdict);
 *
 * Two frames suffice for what counters tell; gauges (queues, windows) are known only as of the
 * moments at which they were read, so that more frames make a verdict surer.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "evidence.h"

/* In the order of docs/why.md. cause_code() is part of the output: never changed. */
enum cause {
    CAUSE_UNKNOWN,          /* "cannot-tell" */
    CAUSE_IDLE,             /* "idle": nothing was to be sent */
    CAUSE_SENDER_PROGRAM,   /* "sender-program": it gives too little to send */
    CAUSE_SENDER_BUFFER,    /* "sender-buffer" */
    CAUSE_RECEIVER_WINDOW,  /* "receiver-window": too small for rate and round trip */
    CAUSE_RECEIVER_PROGRAM, /* "receiver-program": it does not read fast enough */
    CAUSE_LOSS,             /* "loss" */
    CAUSE_REORDERING,       /* "reordering": sent again although nothing was lost */
    CAUSE_TIMEOUTS,         /* "timeouts": waiting for retransmission timeouts */
    CAUSE_ECN,              /* "ecn": the path marks congestion */
    CAUSE_QUEUEING,         /* "queueing": packets wait on the path */
    CAUSE_SMALL_MSS,        /* "small-mss" */
    CAUSE_IDLE_RESTART,     /* "idle-restart": slow start again after each pause */
    CAUSE_PATH_RATE,        /* "path-rate": the path carries no more, and shows no more than that */
    CAUSE_GAPS,             /* "gaps": the receiving end's view of loss or reordering */
    CAUSE_COUNT
};

enum certainty { CERTAINTY_NONE, CERTAINTY_LOW, CERTAINTY_HIGH };

enum direction { DIRECTION_OUT, DIRECTION_IN, DIRECTIONS };

/* A number that need not be known. */
struct quantity {
    bool known;
    double value;
};

/* What sentences and conditions are made of; over the time that was watched. */
enum quantity_id {
    Q_RATE_OUT,      /* bytes/s acknowledged by the other end */
    Q_RATE_IN,       /* bytes/s received in order */
    Q_RETRANSMITTED, /* share of the segments with data that were sent, 0 to 1 */
    Q_NEEDLESS,      /* of these, the share that had arrived before (D-SACK) */
    Q_TIMEOUTS,      /* count */
    Q_RTT,           /* us, smoothed; mean of the readings */
    Q_LEAST_RTT,     /* us, of the connection's life */
    Q_RECEIVER,      /* share of the time that the receiver's window held the sender back */
    Q_PATH,          /* the same by congestion control */
    Q_SENDER,        /* the same by the sender itself */
    Q_IDLE,          /* share of the readings with nothing in flight and nothing to send */
    Q_IN_FLIGHT,     /* bytes, mean of the readings */
    Q_CWND,          /* bytes, mean */
    Q_WINDOW,        /* bytes, the largest receive window that the other end offered */
    Q_WINDOW_LEAST,  /* the smallest */
    Q_OWN_WINDOW,    /* bytes, the largest receive window that this end offered */
    Q_OWN_WINDOW_LEAST,
    Q_UNREAD,     /* bytes received that the program had not read, mean */
    Q_ECN_OUT,    /* share of the segments sent that came to be marked */
    Q_ECN_IN,     /* the same of those received */
    Q_MSS,        /* bytes */
    Q_SEGMENT_IN, /* bytes, mean payload of a segment received */
    Q_COUNT
};

struct verdict_side {
    enum cause cause;
    enum certainty certainty;
};

struct verdict {
    uint64_t elapsed_ns;
    unsigned frames;
    enum direction
        direction; /* the one that carries more: side[direction] is what a person is told */
    struct verdict_side side[DIRECTIONS];
    struct quantity q[Q_COUNT];
};

/* Always makes one; with fewer than two frames it is "cannot-tell". */
void verdict_make(const struct evidence *evidence, struct verdict *verdict);

/* The three in one for two frames. */
void verdict_between(const struct reading *first, const struct reading *last,
                     struct verdict *verdict);

/* "receiver-window" and the like: for machines. And the cause of such a code, or CAUSE_COUNT. */
const char *cause_code(enum cause cause);
enum cause cause_find(const char *code);

/* A few words for a column: "the receiver's window". */
const char *cause_words(enum cause cause);

/* "high", "low", "none" */
const char *certainty_name(enum certainty certainty);

#define VERDICT_TEXT_MAX 400

/* One sentence about a direction, with the numbers that show it. */
void verdict_sentence(const struct verdict *verdict, enum direction direction,
                      char text[VERDICT_TEXT_MAX]);

/* The same about the direction that carries less, where that carries something and there is
 * something to say of it; else false. */
bool verdict_other_way(const struct verdict *verdict, char text[VERDICT_TEXT_MAX]);

/* Is anything to be told of who held this end back? Not where it had nothing to send. */
bool verdict_has_sent(const struct verdict *verdict);

/* What could be done, or NULL where there is nothing to be said. */
const char *cause_advice(enum cause cause, enum direction direction);

/* The name of a quantity in output and conditions ("retransmitted"), and its unit ("share"). */
const char *quantity_name(enum quantity_id id);
const char *quantity_unit(enum quantity_id id);

/* What people call it, and its value: "12 %", "1.25 MB/s", "4.2 ms", "65 kB". */
#define QUANTITY_TEXT_MAX 24
const char *quantity_words(enum quantity_id id);
const char *quantity_text(const struct verdict *verdict, enum quantity_id id,
                          char text[QUANTITY_TEXT_MAX]);

#endif
