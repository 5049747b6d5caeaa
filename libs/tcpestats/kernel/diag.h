/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asking the kernel about connections: one kept-open sock_diag socket for exact look-ups, a dump
 * of all connections, and the program's own socket by its descriptor.
 *
 * A te_diag is used by one thread at a time. A look-up that finds its connection takes no lock and
 * allocates nothing: it costs one send and one receive. What allocates is guarded (te_guard).
 */
#ifndef TE_DIAG_H
#define TE_DIAG_H

#include "kernel/netns.h"
#include "kernel/snapshot.h"

struct nl_sock;

struct te_diag {
    int fd;                /* -1: not open */
    uint32_t seq;          /* of the newest request: tells its reply from stale ones */
    bool has_handler;      /* the kernel has shown that it knows TCP: a miss is a miss */
    struct nl_sock *route; /* asks which interfaces there are; NULL: not open */
};

#define TE_DIAG_INIT \
    {                \
        .fd = -1     \
    }

/* Which connection: a canonical tuple, and the interface that its socket is bound to. */
struct te_query {
    struct te_tuple tuple;
    uint32_t ifindex; /* 0: not known. An index that no interface has means the same */
    uint32_t want;    /* enum te_want */
};

/* States, as bits, of what we call a connection. */
#define TE_DIAG_STATES                                                                    \
    (1u << TE_ESTABLISHED | 1u << TE_SYN_SENT | 1u << TE_FIN_WAIT1 | 1u << TE_FIN_WAIT2 | \
     1u << TE_CLOSE_WAIT | 1u << TE_LAST_ACK | 1u << TE_CLOSING)

/* Is the state one that we report? */
static inline bool te_diag_state_counts(uint8_t state)
{
    return state < 32 && (TE_DIAG_STATES >> state & 1);
}

/*
 * Opens the socket, where it is not open yet; the functions below do so, too. Errors: -EPERM (see
 * te_netns_socket()), -EMFILE, -ENFILE, -ENOMEM, -ENOBUFS, -EOPNOTSUPP.
 */
int te_diag_open(struct te_diag *d, const struct te_netns *ns);

void te_diag_close(struct te_diag *d);

/*
 * Finds the connection and fills the snapshot. With query.ifindex it is the one that is bound to
 * that interface. Without, the one that is bound to none, or else the one that is bound to the
 * interface of lowest index. Answers in TIME_WAIT, or in FIN_WAIT2 without tcp_info, are
 * -ESHUTDOWN; those in LISTEN, SYN_RECV or CLOSE, others without tcp_info and answers about other
 * tuples are -ENOENT. Errors: as te_diag_open(), -ENOENT, -ESHUTDOWN, -EAGAIN.
 */
int te_diag_lookup(struct te_diag *d, const struct te_netns *ns, const struct te_query *query,
                   struct te_snapshot *snapshot);

/*
 * One exact look-up: does the connection that had this tuple, interface and cookie still live? 1
 * yes, 0 no, negative errno. For reclaiming what is remembered of it.
 */
int te_diag_alive(struct te_diag *d, const struct te_netns *ns, const struct te_tuple *tuple,
                  uint32_t ifindex, uint64_t cookie);

/* Is there a listener on the tuple's local address and port? 1, 0, or a negative errno. */
int te_diag_has_listener(struct te_diag *d, const struct te_netns *ns, const struct te_tuple *tuple,
                         uint32_t ifindex);

/*
 * The sweep: calls visit for each connection of the namespace that te_diag_lookup() would accept,
 * with a snapshot that visit may keep no pointer to. A non-zero return of visit ends it and is
 * returned. A snapshot's time_ns is the earliest instant that its numbers can be of. visit runs
 * unguarded. Errors: as te_diag_open(), -EAGAIN, -EIO.
 */
int te_diag_dump(const struct te_netns *ns, uint32_t want,
                 int (*visit)(const struct te_snapshot *snapshot, void *arg), void *arg);

/*
 * A connection of the calling program by its descriptor, with getsockopt() and ioctl() alone. Of
 * want, beside what sock_diag knows, TE_WANT_QUEUES and TE_WANT_NAME are asked for only here; what
 * was not wanted is 0. Errors: -EBADF, -ENOTSOCK, -EOPNOTSUPP (no TCP socket), -ENOENT (not in a
 * state that counts as a connection).
 */
int te_diag_own(int fd, uint32_t want, struct te_snapshot *snapshot);

/*
 * Parses one message of a reply. len is what was received; nothing past it is read, whatever the
 * message claims. 0, or -EBADMSG for anything malformed. Does not fill time_ns, netns and query_ns.
 * No system calls: the fuzzers' entry.
 */
int te_diag_parse(const void *msg, size_t len, struct te_snapshot *snapshot);

#endif
