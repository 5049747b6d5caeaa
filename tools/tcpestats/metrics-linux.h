/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `tcpestats serve` counts: connections in groups, of which there are never more than a limit.
 * What is alive is looked at every now and then, what ends is counted with its last numbers, so
 * that nothing that a connection did since the first look is missed.
 */
#ifndef METRICS_LINUX_H
#define METRICS_LINUX_H

#include "ends.h"
#include "groups.h"
#include "seen.h"
#include "verdict.h"

/* What a group is made of: a set of these, bit n: label n. */
enum metric_label {
    LABEL_PROCESS = BY_PROCESS,
    LABEL_CGROUP = BY_CGROUP,
    LABEL_REMOTE = BY_REMOTE,
    LABEL_PORT = BY_PORT,
    LABEL_CONNECTION,
    LABEL_COUNT
};

extern const char *const metric_label_names[LABEL_COUNT];

/* What grows with a connection, in the order of metric_counters. */
#define METRIC_COUNTERS 8

extern const struct metric_counter {
    const char *name;  /* without the prefix and without _total */
    const char *unit;  /* which the name ends in, or NULL */
    const char *label; /* more of them, or NULL */
    const char *help;
    enum tcpestats_field_id member;
    double scale; /* of the member, to the unit */
} metric_counters[METRIC_COUNTERS];

/* What a group has of it now. */
#define METRIC_GAUGES 3

extern const struct metric_gauge {
    const char *name, *help;
    enum tcpestats_field_id member;
} metric_gauges[METRIC_GAUGES];

/* Taken when a connection ends. */
enum metric_histogram { HISTOGRAM_MIN_RTT, HISTOGRAM_RTT, HISTOGRAM_SHARE, HISTOGRAM_DURATION };

#define METRIC_HISTOGRAMS 4
#define BOUNDS_MAX 16

extern const struct metric_bounds {
    const char *name, *unit, *help;
    double bounds[BOUNDS_MAX];
    unsigned count;
} metric_bounds[METRIC_HISTOGRAMS];

struct histogram {
    uint64_t buckets[BOUNDS_MAX + 1]; /* the last: beyond all bounds */
    uint64_t count;
    double sum;
};

#define ENDINGS (TCPESTATS_END_UNANSWERED + 1)

struct metric_group {
    char *labels; /* process="nginx",port="443", as it is printed */
    uint64_t hash, used_ns;
    uint64_t connections;
    uint64_t counters[METRIC_COUNTERS], gauges[METRIC_GAUGES];
    uint64_t endings[ENDINGS], causes[CAUSE_COUNT][CERTAINTY_HIGH + 1];
    struct histogram histograms[METRIC_HISTOGRAMS];
};

/* A connection that lives. */
struct metric_conn {
    struct conn conn;
    size_t group;
    bool is_seen, has_ended;
    uint64_t gone_ns; /* since when no look finds it; 0: it is there */
    uint64_t last[METRIC_COUNTERS];
    uint32_t known;    /* bit n: last[n] is */
    uint64_t first_ns; /* of the first look, and what had held it back by then, ms */
    uint32_t first_limited;
    struct evidence *evidence; /* NULL: there are too many to judge */
};

struct metrics {
    const struct selection *selection;
    unsigned labels;
    struct prefix_bits bits;
    size_t limit; /* of groups, beside the one that takes what finds no room */

    struct metric_group *groups; /* the first takes what finds no room */
    size_t group_count;
    struct seen conns; /* of struct metric_conn */
    size_t judged;

    bool has_looked;
    uint64_t lost;    /* ends that the kernel found no room for */
    uint64_t moved;   /* connections that went to the first group */
    uint64_t look_ns; /* what the last look took */
    uint64_t now_ns;  /* when it began */
};

int metrics_begin(struct metrics *metrics, struct failure *failure);
void metrics_free(struct metrics *metrics);

/* Counts what has ended, then what lives. */
int metrics_look(struct metrics *metrics, struct failure *failure);

/* Counts what has ended. */
int metrics_read_ends(struct metrics *metrics, struct failure *failure);

/* All of it, as OpenMetrics 1.0 or in the text format that was before; NULL: out of memory. Free
 * it.
 */
char *metrics_text(const struct metrics *metrics, bool is_open, size_t *size);

#endif
