/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the witness wrote down at one end. */
#ifndef ORACLE_READING_H
#define ORACLE_READING_H

#include "pcap.h"

enum { NAME_MAX_LEN = 48, FIELDS_MAX = 160, SNMP_MAX = 512 };

struct told { /* one member */
    char cls[NAME_MAX_LEN], member[NAME_MAX_LEN];
    char label[NAME_MAX_LEN];  /* exact, derived, approximate, unavailable, reserved */
    char status[NAME_MAX_LEN]; /* known, no-sample, no-source, off, not-in-use */
    uint64_t value;
    char unit[NAME_MAX_LEN];
};

struct poll_time {
    uint64_t begin_ns, end_ns;
};

struct reading {
    char side[NAME_MAX_LEN], backend[NAME_MAX_LEN], scenario[NAME_MAX_LEN], cc[NAME_MAX_LEN];
    struct connection connection;
    uint64_t written, read, unread; /* by the program */
    uint64_t enabled_ns, rhythm_ms;
    struct poll_time *polls; /* the last one is the reading itself */
    size_t poll_count;
    long missed; /* packets that the capture missed */
    unsigned field_count, snmp_count;
    struct told field[FIELDS_MAX];
    struct snmp {
        char name[2 * NAME_MAX_LEN]; /* "Group.Name" */
        uint64_t value;
    } snmp[SNMP_MAX];
};

/* False after a message. */
bool reading_load(const char *file, struct reading *reading);
void reading_free(struct reading *reading);

/* NULL: not told. */
const struct told *reading_find(const struct reading *reading, const char *cls, const char *member);

/* Is its label "exact"? */
bool reading_is_exact(const struct reading *reading, const char *cls, const char *member);

/* The value told, 0 where there is none. */
double reading_value(const struct reading *reading, const char *cls, const char *member);

/* One of the namespace's SNMP counters, by "Group.Name"; ends the program if there is none. */
double reading_snmp(const struct reading *reading, const char *name);

#endif
