/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection over an emulated path (tests/path), with a record at each end. */
#ifndef COLLECTOR_PATH_KIT_H
#define COLLECTOR_PATH_KIT_H

#include <sys/types.h>

#include "kit.h"

enum { SENDER, RECEIVER };

struct path {
    pid_t relay;
    int ns[2];
    struct net_pair pair; /* the client sends */
    struct te_collector_record end[2];
    uint64_t data_segs, data_bytes; /* what the relay saw of the sender, drops included */
    uint64_t dropped, dropped_bytes, marked_ce, retrans;
    uint64_t added_packets,
        added_bytes; /* that it sent twice, headers included, where none drops */
};

/* As net.ipv4.tcp_ecn has them; the last since 7.0. */
enum path_ecn { NO_ECN = 0, ECN = 1, ACCURATE_ECN = 3 };

/* False, with a line that says why, where there can't be one. settings: of path-relay, NULL at the
 * end. */
bool path_start(struct path *path, const char *const settings[], enum path_ecn ecn);

/* Connects, enables everything at both ends (slots 0 and 1), sends, waits till all is acknowledged,
 * and fills in all the rest. */
void path_send(struct path *path, struct kit *kit, size_t bytes, bool v6);

/*
 * Duplicate acknowledgements are as many at both ends, but for those that report a needless
 * retransmission: when they arrive nothing may be outstanding any more.
 */
void path_expect_duplicates(const struct path *path);

/* Were the programs shown everything? If not, a line says so: counts need not be what they were. */
bool path_seen(const struct kit *kit);

void path_end(struct path *path);

/* A counter of the end's namespace in which nothing else happens: "TcpExt", "TCPTimeouts". */
uint64_t path_snmp(const struct path *path, int end, const char *group, const char *name);

#endif
