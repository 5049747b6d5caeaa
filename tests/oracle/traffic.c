/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "traffic.h"

#include <err.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

enum { BUFFER = 65536, TICK_MS = 10, NS_PER_MS = 1000000 };

struct state {
    int fd;
    const struct traffic *t;
    struct bytes_moved moved;
    uint64_t owed;    /* bytes of the present message not yet written */
    uint64_t await;   /* bytes to be read before the next message */
    uint64_t next_ns; /* no message before */
    uint64_t sip_ns;  /* no reading before */
    unsigned left;    /* messages to begin */
    int sip;
};

uint64_t clock_ns(int clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void begin_message(struct state *s, uint64_t now)
{
    if (s->owed || !s->left || now < s->next_ns || s->moved.read < s->await)
        return;
    s->left--;
    s->owed = s->t->size;
    if (s->t->ask)
        s->await += s->t->size;
}

static void write_some(struct state *s, uint64_t now)
{
    static const char data[BUFFER];
    ssize_t n = send(s->fd, data, s->owed < BUFFER ? s->owed : BUFFER, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        err(1, "send");
    if (n <= 0)
        return;
    s->moved.written += (uint64_t)n;
    s->owed -= (uint64_t)n;
    if (!s->owed)
        s->next_ns = now + (uint64_t)s->t->pause_ms * NS_PER_MS;
}

static void read_some(struct state *s, uint64_t now)
{
    static char data[BUFFER];
    ssize_t n = recv(s->fd, data, s->sip ? (size_t)s->sip : BUFFER, MSG_DONTWAIT);

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        err(1, "recv");
    if (n == 0)
        errx(1, "the other end is gone");
    if (n < 0)
        return;
    s->moved.read += (uint64_t)n;
    if (s->t->answer)
        s->owed += (uint64_t)n;
    s->sip_ns = now + TICK_MS * NS_PER_MS;
}

static bool all_acked(int fd)
{
    int queued = -1;

    if (ioctl(fd, SIOCOUTQ, &queued) != 0)
        err(1, "SIOCOUTQ");
    return queued == 0;
}

struct bytes_moved traffic_run(int fd, const struct traffic *t, uint64_t to_read, int sip)
{
    struct state s = {.fd = fd, .t = t, .left = t->count, .sip = sip};

    for (;;) {
        uint64_t now = clock_ns(CLOCK_MONOTONIC);
        bool may_read = !sip || now >= s.sip_ns;
        struct pollfd p = {fd, 0, 0};

        begin_message(&s, now);
        if (!s.owed && !s.left && s.moved.read >= to_read && all_acked(fd))
            return s.moved;
        p.events = (short)((s.owed ? POLLOUT : 0) | (may_read ? POLLIN : 0));
        if (poll(&p, 1, TICK_MS / 2) < 0 && errno != EINTR)
            err(1, "poll");
        if (p.revents & POLLOUT)
            write_some(&s, now);
        if (p.revents & (POLLIN | POLLHUP | POLLERR) && may_read)
            read_some(&s, now);
    }
}
