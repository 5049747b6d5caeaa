/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sending half of a connection: what is outstanding, and what acknowledgements say about it. */
#ifndef ORACLE_SENDER_H
#define ORACLE_SENDER_H

#include "ledger.h"

struct sent { /* a segment, as first sent */
    uint32_t from, to;
    uint64_t ns;
    bool again; /* sent again since */
    bool sacked;
};

struct sender {
    struct ledger *l;
    uint32_t iss;
    struct sent *sent;
    size_t first, count, room; /* outstanding: from first on */
    uint32_t resent;           /* SND.NXT when something was last sent again */
    uint32_t recover;          /* the same, but for probes */
    uint64_t advance_ns;       /* SND.UNA advanced, or the head was sent */
    uint64_t progress_ns;      /* an acknowledgement said something new */
    unsigned expiries;         /* since SND.UNA advanced */
    bool probed;
    uint64_t pending; /* duplicate acknowledgements since SND.UNA advanced */
    bool answered;    /* something was sent again since they began to come */
    uint32_t wl1, wl2, window;
    uint16_t last_window; /* as it stood in the last acknowledgement */
    struct packet last_ack;
    uint32_t ts_val; /* the last timestamp sent, and when */
    uint64_t ts_ns;
};

/* A segment that takes sequence space goes out. True: it has gone out before. */
bool sender_sends(struct sender *s, const struct packet *p);

/* An acknowledgement comes in; seq: its own sequence number, relative. */
void sender_hears(struct sender *s, const struct packet *p, uint32_t seq);

/* The window that it offers, in bytes. */
uint32_t sender_window(const struct sender *s, const struct packet *p);

void sender_free(struct sender *s);

#endif
