/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asking the kernel about connections: one kept-open sock_diag socket, exact look-ups and dumps.
 *
 * A te_diag is used by one thread at a time (lanes.c sees to that). Nothing on the look-up path
 * takes a lock or allocates: a thread that dies in mid-call must leave nothing behind that another
 * could wait for. This is why libnl-3 parses here, but its allocating send and receive are left to
 * the dump.
 */
#ifndef TE_DIAG_H
#define TE_DIAG_H

#include "kernel/netns.h"
#include "kernel/snapshot.h"

struct te_diag {
    int fd;             /* -1: not open */
    bool has_handler;   /* the kernel has shown that it knows TCP: a miss is a miss */
    uint32_t seq;       /* of the newest request: tells its reply from stale ones */
    uint64_t fd_cookie; /* identity of fd when we opened it: is the number still ours? */
    uint64_t netns;     /* identity of the namespace that fd lives in */
    struct te_netns_witness witness; /* is the thread still in that namespace? */
};

#define TE_DIAG_INIT \
    {                \
        .fd = -1     \
    }

/* What to look up: a canonical tuple and the caller's idea of the interface. */
struct te_query {
    struct te_tuple tuple;
    uint32_t scope_id; /* hint for link-local addresses */
    uint32_t want;     /* enum te_want */
};

/*
 * Finds the connection and fills snapshot. Opens or re-opens the socket as needed: when the number
 * is no longer ours (then it is forgotten, never closed) or the thread's namespace has changed.
 * Answers in LISTEN, TIME_WAIT, SYN_RECV or CLOSE, answers without tcp_info and answers for other
 * tuples are -ENOENT. Handles link-local scope, device-bound sockets and v4-mapped addresses.
 * Errors: -ENOENT, -EAGAIN, -EOPNOTSUPP, -EMFILE, -ENFILE, -ENOMEM, -ENOBUFS.
 * netns_fixed: the thread's namespace cannot have changed since the socket was opened.
 */
int te_diag_lookup(struct te_diag *d, const struct te_query *query, bool netns_fixed,
                   struct te_snapshot *snapshot);

/*
 * One exact look-up, no second tries with other interfaces: does the connection that had this tuple
 * and cookie still live? 1 yes, 0 no, negative errno. For reclaiming state; d must be open.
 */
int te_diag_alive(struct te_diag *d, const struct te_tuple *tuple, uint32_t ifindex,
                  uint64_t cookie);

/* Is there a listener on the tuple's local address and port? 1, 0, or negative errno; d must be
 * open. */
int te_diag_has_listener(struct te_diag *d, const struct te_tuple *tuple);

/* Calls visit for each connection that te_diag_lookup() would accept; non-zero ends the walk. */
int te_diag_dump(uint32_t want, int (*visit)(const struct te_snapshot *, void *), void *arg);

/* Closes the socket if it is still ours. */
void te_diag_close(struct te_diag *d);

/*
 * Parses one message of type SOCK_DIAG_BY_FAMILY. len is what was received; nothing past it is
 * read, whatever the message claims. 0, or -EBADMSG for anything malformed. Does not fill time_ns,
 * netns and query_ns. (parse.c; no system calls, the fuzzers' entry.)
 */
int te_diag_parse(const void *msg, size_t len, struct te_snapshot *snapshot);

#endif
