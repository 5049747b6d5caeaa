/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel said about one connection, once: the parsed form of one sock_diag reply. Made by
 * parse.c, consumed by everything that computes. Holds no pointers.
 */
#ifndef TE_SNAPSHOT_H
#define TE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "kernel/tcp_info.h"

/* What to ask for beside tcp_info. sock_diag always tells the last two. */
enum te_want {
    TE_WANT_SKMEM = 1,
    TE_WANT_CONG = 2,
    TE_WANT_QUEUES = 4, /* rqueue and wqueue */
    TE_WANT_NAME = 8    /* netns, cookie, tuple, ifindex, inode and uid */
};

/* Indices into te_snapshot.skmem (linux/sock_diag.h, SK_MEMINFO_*). */
enum { TE_SKMEM_RMEM_ALLOC = 0, TE_SKMEM_SNDBUF = 3, TE_SKMEM_DROPS = 8, TE_SKMEM_COUNT = 9 };

struct te_snapshot {
    uint64_t time_ns; /* te_now() just after the reply; in a sweep before it was made */
    uint64_t netns;   /* identity of the network namespace: SO_NETNS_COOKIE, else nsfs inode */
    uint64_t cookie;  /* socket cookie */
    uint64_t cgroup;  /* id of the control group of version 2, 0: not told */
    struct te_tuple tuple;
    uint32_t ifindex; /* device that the socket is bound to, or 0 */
    uint32_t inode;
    uint32_t uid;
    uint32_t rqueue; /* read before tcp_info, without the socket's lock: not the same instant */
    uint32_t wqueue;
    uint32_t query_ns; /* how long it took to answer, at most: bounds that distance in time */
    uint8_t state;     /* idiag_state, enum te_tcp_state */
    uint8_t skmem_count;
    bool whole;        /* from the collector: everything is of one instant */
    uint16_t info_len; /* bytes of info that the kernel sent, 0: no INFO attribute */
    uint32_t skmem[TE_SKMEM_COUNT];
    uint64_t bbr_bw; /* bytes/s, where the congestion control is bbr and was asked for, else 0 */
    char cong[16];   /* congestion control, "" when not asked */
    struct te_tcp_info info; /* zero past info_len */
};

/* Did the kernel send this member of tcp_info? */
#define TE_TI_HAS(snapshot, member) ((snapshot)->info_len >= TE_TI_END(member))

#endif
