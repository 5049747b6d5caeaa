/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sockets that the kernel destroys: it tells each TCP socket that it frees, with its tcp_info,
 * to whoever listens, without privilege. What is told is what was left: the state is CLOSE, user
 * and inode are 0; and of a socket that was disconnected first (an abort, or a connect() that
 * failed while the program waited) the remote port, the counters and mostly the local address are
 * gone, too.
 */
#ifndef TE_DESTROYED_H
#define TE_DESTROYED_H

#include "kernel/netns.h"
#include "kernel/snapshot.h"

struct te_destroyed_room;

struct te_destroyed {
    int fd;         /* readable: there is something to read */
    uint32_t drops; /* as the kernel last told them; wraps */
    uint64_t lost;
    struct te_destroyed_room *room; /* that messages are received into */
};

/*
 * Begins to listen in a namespace, with as large a buffer as the caller may have. Errors:
 * -EOPNOTSUPP (a kernel that does not tell), -EPERM, -EMFILE, -ENFILE, -ENOMEM, -ENOBUFS.
 */
int te_destroyed_open(struct te_destroyed *d, const struct te_netns *ns);
void te_destroyed_close(struct te_destroyed *d);

/*
 * Calls visit for each socket that has been told since and was, or tried to be, a connection; never
 * waits. A non-zero return of visit ends it, and is returned; what had been received with that one
 * comes the next time. d->lost grows by what the kernel had no room for. Errors: negative errnos of
 * recvmmsg().
 */
int te_destroyed_read(struct te_destroyed *d, const struct te_netns *ns,
                      int (*visit)(const struct te_snapshot *snapshot, void *arg), void *arg);

/* Has it been disconnected before, so that its counters are gone? */
static inline bool te_is_disconnected(const struct te_snapshot *s)
{
    return !s->tuple.remote_port;
}

#endif
