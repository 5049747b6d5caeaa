/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Network namespaces: which one is a socket in, and is the calling thread still in it? A namespace
 * belongs to a thread, and setns() and unshare() leave a socket behind in the old one.
 */
#ifndef TE_NETNS_H
#define TE_NETNS_H

#include <stdbool.h>
#include <stdint.h>

/* What shows whether the calling thread's namespace is still the one of te_netns_remember(). */
struct te_netns_witness {
    uint32_t kind;    /* enum te_netns_kind; zero: nothing remembered, everything is a change */
    int dir;          /* TE_NETNS_SYSCTL: descriptor of the directory */
    uint64_t dir_dev; /* and what it was when opened: is the number still ours? */
    uint64_t dir_ino;
    uint64_t dev, ino; /* of the file that differs by namespace */
};

enum te_netns_kind { TE_NETNS_NONE, TE_NETNS_SYSCTL, TE_NETNS_NSFS };

/* Set in an identity that is an inode of nsfs, for kernels without SO_NETNS_COOKIE (before 5.14).
 */
#define TE_NETNS_BY_INODE (UINT64_C(1) << 63)

/* Identity of the namespace of sock, a socket that the calling thread has just made. */
uint64_t te_netns_identity(int sock);

/* Takes note of the calling thread's namespace. Holds a descriptor where that makes it cheaper. */
void te_netns_remember(struct te_netns_witness *w);

/* Is the calling thread in the namespace remembered? Also false when it cannot be told. */
bool te_netns_unchanged(const struct te_netns_witness *w);

/* Lets go of the descriptor, if the number is still ours. */
void te_netns_forget(struct te_netns_witness *w);

#endif
