/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections in groups: whose they are, where they lead, and what they come to together. */
#ifndef GROUPS_H
#define GROUPS_H

#include "conns.h"

enum group_by { BY_PROCESS, BY_CGROUP, BY_REMOTE, BY_PORT, GROUP_BYS };

/* What the numbers of a group take; classes that are off are read, too, where the system can. */
#define GROUP_CLASSES                                                         \
    (1u << TCPESTATS_SYN_OPTS | 1u << TCPESTATS_DATA | 1u << TCPESTATS_PATH | \
     1u << TCPESTATS_FINE_RTT | CLASSES_OFF_TOO)

extern const char *const group_by_names[GROUP_BYS];

/* GROUP_BYS: there is no such thing to group by. */
enum group_by group_by_find(const char *name);

#define GROUP_NAME_MAX CGROUP_MAX

/* The bits of an address that count for BY_REMOTE. */
struct prefix_bits {
    unsigned v4, v6;
};

/*
 * The group that a connection belongs to. BY_PORT: the port of the service, that is, of the end
 * that was called, told by SynOpts. BY_PROCESS takes backend_owners_load() before.
 */
void group_name(enum group_by by, struct prefix_bits bits, const struct conn *conn,
                const struct reading *syn_opts, char name[GROUP_NAME_MAX]);

/* A sum over those connections of which the number is known. */
struct sum {
    uint64_t value;
    size_t known;
};

struct group {
    char *name;
    size_t connections;
    struct sum bytes_out, bytes_in, data_segments_out, retransmitted;
    uint32_t *rtts_us; /* of those of which it is known */
    size_t rtt_count, rtt_room;
};

struct groups {
    struct group *items;
    size_t count, room;
    size_t *table; /* places by hash, 0: free, else the group's number + 1 */
    size_t slots;
};

/* Adds a connection to its group, which is made where there is none. */
int groups_add(struct groups *groups, const char *name, const struct reading *readings,
               struct failure *failure);

/* The busiest first; their round-trip times in order, for group_percentile(). */
void groups_sort(struct groups *groups);
void groups_free(struct groups *groups);

/* The smallest number that so many per cent of the group do not exceed. */
uint32_t group_percentile(const struct group *group, unsigned percent);

/* Retransmitted segments in per cent of those sent with data; negative: not known. */
double group_retransmitted(const struct group *group);

#endif
