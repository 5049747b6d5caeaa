/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The collector's socket: one fixed-size request, one fixed-size answer, in order, over a
 * SOCK_SEQPACKET Unix socket on the same machine. Nothing here is trusted by either side.
 */
#ifndef TE_COLLECTOR_PROTOCOL_H
#define TE_COLLECTOR_PROTOCOL_H

#include "shared/record.h"

#define TE_COLLECTOR_MAGIC 0x54457354u /* "TsET" */
#define TE_COLLECTOR_PROTOCOL 3

/* How long what is not asked for again is collected (--lease). */
#define TE_COLLECTOR_LEASE_S 600

/* No array has more records than this: what a client keeps room for. */
#define TE_COLLECTOR_RECORDS_MAX 65536

/* Overridden by TCPESTATS_COLLECTOR (a path; empty: use no collector). */
#define TE_COLLECTOR_SOCKET "/run/tcpestatsd/socket"

/*
 * In any order; no message of a client carries descriptors, and one that does ends the connection.
 * A client speaks of connections in the network namespace in which its socket was made, which the
 * kernel tells the daemon.
 */
enum te_collector_call {
    /* An answer that nobody asked for: there is no room for another connection (error -ENOSPC). */
    TE_COLLECTOR_REFUSED = 0,
    /* The answer carries the array's descriptor as SCM_RIGHTS (frozen: map it read-only). */
    TE_COLLECTOR_HELLO = 1,
    /*
     * Collect these classes of the connection, too. The answer names its record. -EINPROGRESS: the
     * connection is bound to a device in a place where it can't be looked up, so its next segment
     * is waited for, ten seconds long; ask again, and it may have a record.
     *
     * What a user has asked for is his until TE_COLLECTOR_LEASE_S after he last did, or after the
     * last connection over which he did has ended, whichever is later. So whoever reads a
     * connection's record asks again now and then.
     */
    TE_COLLECTOR_ENABLE = 2,
    /*
     * This user does not need these classes of the connection any more. It is known by its cookie;
     * the rest does not matter. That nothing of his was collected is no error.
     */
    TE_COLLECTOR_DISABLE = 3,
    /* What the daemon is doing, for people. */
    TE_COLLECTOR_STATUS = 4
};

struct te_collector_request {
    uint32_t magic, protocol;
    uint32_t call; /* enum te_collector_call */
    uint32_t serial;
    uint64_t cookie;   /* of the socket, as sock_diag gave it */
    uint8_t local[16]; /* tuple as in record.h */
    uint8_t remote[16];
    uint16_t family, local_port, remote_port, reserved;
    uint32_t ifindex; /* device that the socket is bound to, or 0 */
    uint32_t classes; /* bits as in tcpestats_conn.enabled */
};

/* What to add to a record's sequence numbers, all of which are relative, for those on the wire. */
struct te_collector_starts {
    uint32_t known; /* 0: not told */
    uint32_t snd, rcv;
    uint32_t reserved;
};

struct te_collector_answer {
    uint32_t magic, protocol;
    uint32_t call, serial; /* of the request */
    int32_t error;         /* 0 or a negative errno; then all else is 0 */
    uint32_t layout;       /* TE_COLLECTOR_LAYOUT */
    uint32_t record_size;
    uint32_t records;  /* in the array */
    uint32_t features; /* enum te_collector_feature */
    uint32_t slot;     /* ENABLE: the connection's record */
    uint64_t epoch;    /* ENABLE: of the record; HELLO: of the daemon's start */
    uint32_t in_use;   /* STATUS: records in use, connections of clients, hooks attached */
    uint32_t clients;
    uint32_t attached;
    uint32_t hz; /* the kernel's tick */
    /* STATUS: how often a hook has counted nothing since the daemon's start. */
    uint64_t lost_guard; /* the kernel passed it over, as it was running on that CPU already */
    uint64_t lost_busy;  /* it found the record in use for too long */
    struct te_collector_starts starts; /* ENABLE, for root and the socket's own user */
};

#endif
