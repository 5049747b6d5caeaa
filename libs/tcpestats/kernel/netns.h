/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network namespace that a handle belongs to, and sockets in it. A namespace belongs to a
 * thread: setns() and unshare() move that thread alone, and a socket stays where it was made.
 */
#ifndef TE_NETNS_H
#define TE_NETNS_H

#include <stdint.h>

/* Set in an identity that is an inode of nsfs, for kernels without SO_NETNS_COOKIE (before 5.14).
 */
#define TE_NETNS_BY_INODE (UINT64_C(1) << 63)

struct te_netns {
    uint64_t id; /* SO_NETNS_COOKIE, else the inode in nsfs */
    int fd;      /* private: the file in nsfs, the way in; -1 where /proc does not show it */
};

#define TE_NETNS_INIT \
    {                 \
        .fd = -1      \
    }

/*
 * The namespace that fd, a file of nsfs, names; -1: that of the calling thread. fd stays the
 * caller's. Errors: -EINVAL (fd is no network namespace), -EBADF, -EPERM (it is another than the
 * thread's, and the thread may not enter it), -EMFILE, -ENFILE, -ENOMEM.
 */
int te_netns_init(struct te_netns *ns, int fd);

void te_netns_close(struct te_netns *ns);

/*
 * socket() in that namespace: a descriptor above the standard ones, closed on exec. Where the
 * calling thread is in another, a thread that lives for this makes it, and the caller's never
 * moves. -EPERM: that would take CAP_SYS_ADMIN. Else the errno of socket(), negative.
 */
int te_netns_socket(const struct te_netns *ns, int domain, int type, int protocol);

/* Identity of the namespace of a socket; TE_NETNS_BY_INODE: that of the calling thread. */
uint64_t te_netns_identity(int sock);

#endif
