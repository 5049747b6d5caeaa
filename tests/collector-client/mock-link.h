/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for the library's end of the collector's socket: a daemon in the same process, whose
 * records the test writes itself. All handles of the process talk to it.
 */
#ifndef MOCK_LINK_H
#define MOCK_LINK_H

#include "collector/collector.h"

#define MOCK_RECORDS 8

struct mock {
    bool present; /* does it run? */
    int error;    /* what it answers to ENABLE, 0: a record */
    uint32_t features;
    uint64_t start;                    /* of this daemon */
    struct te_collector_starts starts; /* what it tells of a connection */
    unsigned enables, disables, statuses, gones;
    uint32_t disabled; /* classes of the last DISABLE */
    /* Called when a record begins, to fill sock and events; head is done. May be NULL. */
    void (*begin)(struct te_collector_record *record);
    /* Called by ENABLE for a record that has the classes already: it looks. May be NULL. */
    void (*look)(void);
    struct te_collector_record *records; /* of the present daemon */
};

extern struct mock mock;

/* A daemon starts, with records of its own; a crash leaves those of the last one as they are. */
void mock_start(void);
void mock_crash(void);

/* The connection's live record, or NULL. */
struct te_collector_record *mock_record(uint64_t cookie);

/* Around a change of a record. */
void mock_write_begin(struct te_collector_record *record);
void mock_write_end(struct te_collector_record *record);

/* The record's socket has died. */
void mock_die(struct te_collector_record *record);

#endif
