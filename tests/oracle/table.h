/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All verdicts of all runs, member by member, for each backend. */
#ifndef ORACLE_TABLE_H
#define ORACLE_TABLE_H

#include "verdict.h"

#include <stdio.h>

enum { BACKENDS_MAX = 4, MEMBERS_MAX = 160, RUN_NAME = 80 };

struct tally { /* one member under one backend */
    unsigned seen, equal, near, wrong, missed, unjudged;
    char label[NAME_MAX_LEN]; /* the worst one told */
    char unit[NAME_MAX_LEN];
    const char *why_not;
    double error, share; /* the worst */
    double least, most;  /* of what the wire shows */
};

struct table {
    unsigned backends, runs;
    char backend[BACKENDS_MAX][NAME_MAX_LEN];
    struct tally tally[BACKENDS_MAX][MEMBERS_MAX]; /* members in the order of judged.def */
};

/* False: too many backends. */
bool table_add(struct table *table, const char *backend, unsigned member, const struct told *told,
               const struct verdict *verdict);

/* For a person in front of a terminal. */
void table_print(const struct table *table, FILE *out);

/* For the documents. */
void table_markdown(const struct table *table, FILE *out);

#endif
