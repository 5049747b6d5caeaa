/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netlink/msg.h>

#include "kernel/destroyed.h"
#include "kernel/diag.h"
#include "kernel/nlsock.h"

/* From asm-generic/socket.h, for older headers. */
#define TE_SO_MEMINFO 55

/* For a user who may: seconds of ten thousand ends a second. Others get what the system allows. */
#define BUFFER (64 << 20)

#define BATCH 32
#define MESSAGE_MAX 4096

/* A call ends after so many, so that a caller also comes to do other things. */
#define MESSAGES_MAX 4096

struct te_destroyed_room {
    struct mmsghdr got[BATCH];
    struct iovec place[BATCH];
    struct sockaddr_nl from[BATCH];
    unsigned next, count; /* received and not yet visited: from here on, up to there */
    uint64_t time_ns;     /* when they were received */
    _Alignas(struct nlmsghdr) uint8_t text[BATCH][MESSAGE_MAX];
};

static int join(int fd)
{
    static const int groups[] = {SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY};
    int on = 1, size = BUFFER;

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    /* Else the kernel would, after one that found no room, drop all until the buffer is empty. */
    setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(groups[i])) != 0)
            return errno == EPERM ? -EPERM : -EOPNOTSUPP;
    return 0;
}

int te_destroyed_open(struct te_destroyed *d, const struct te_netns *ns)
{
    int error;

    *d = (struct te_destroyed){.fd = te_nlsock_open(ns, NETLINK_SOCK_DIAG)};
    if (d->fd < 0)
        return d->fd;
    d->room = calloc(1, sizeof(*d->room));
    error = d->room ? join(d->fd) : -ENOMEM;
    if (error)
        te_destroyed_close(d);
    return error;
}

void te_destroyed_close(struct te_destroyed *d)
{
    close(d->fd);
    free(d->room);
    d->fd = -1;
    d->room = NULL;
}

/* The kernel counts what finds no room, of every socket, in 32 bits. */
static void count_lost(struct te_destroyed *d)
{
    uint32_t mem[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof(mem);

    if (getsockopt(d->fd, SOL_SOCKET, TE_SO_MEMINFO, mem, &len) != 0 ||
        len <= SK_MEMINFO_DROPS * sizeof(mem[0]))
        return;
    d->lost += mem[SK_MEMINFO_DROPS] - d->drops;
    d->drops = mem[SK_MEMINFO_DROPS];
}

/* How many, or a negative errno. */
static int receive(struct te_destroyed *d)
{
    struct te_destroyed_room *room = d->room;
    int got;

    for (unsigned i = 0; i < BATCH; i++) {
        room->place[i] = (struct iovec){room->text[i], MESSAGE_MAX};
        room->got[i].msg_hdr = (struct msghdr){
            .msg_name = &room->from[i],
            .msg_namelen = sizeof(room->from[i]),
            .msg_iov = &room->place[i],
            .msg_iovlen = 1,
        };
    }
    got = recvmmsg(d->fd, room->got, BATCH, MSG_DONTWAIT, NULL);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    room->next = 0;
    room->count = (unsigned)got;
    room->time_ns = te_now();
    return got;
}

static bool is_zero(const uint8_t address[16])
{
    static const uint8_t zero[16];

    return memcmp(address, zero, sizeof(zero)) == 0;
}

/* Parses a message. False: not of a connection, but of a listener or a socket that was never used;
 * or not the kernel's. */
static bool read_message(struct te_destroyed *d, unsigned i, struct te_snapshot *s)
{
    const struct te_destroyed_room *room = d->room;

    if (room->from[i].nl_pid != 0)
        return false;
    if (room->got[i].msg_hdr.msg_flags & MSG_TRUNC ||
        te_diag_parse(room->text[i], room->got[i].msg_len, s) != 0 || !s->info_len) {
        d->lost++;
        return false;
    }
    return !is_zero(s->tuple.remote);
}

static int visit_received(struct te_destroyed *d, const struct te_netns *ns,
                          int (*visit)(const struct te_snapshot *, void *), void *arg)
{
    struct te_destroyed_room *room = d->room;
    struct te_snapshot s;

    while (room->next < room->count) {
        unsigned i = room->next++;
        int result;

        if (!read_message(d, i, &s))
            continue;
        s.time_ns = room->time_ns;
        s.netns = ns->id;
        result = visit(&s, arg);
        if (result)
            return result;
    }
    return 0;
}

int te_destroyed_read(struct te_destroyed *d, const struct te_netns *ns,
                      int (*visit)(const struct te_snapshot *, void *), void *arg)
{
    int got = 0, result = visit_received(d, ns, visit, arg);

    for (int i = 0; !result && i < MESSAGES_MAX / BATCH; i++) {
        got = receive(d);
        result = got < 0 ? got : visit_received(d, ns, visit, arg);
        if (got < BATCH)
            break;
    }
    count_lost(d);
    return result;
}
