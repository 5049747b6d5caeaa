/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <netlink/msg.h>

#include "kernel/exchange.h"
#include "kernel/netlink.h"
#include "kernel/nlsock.h"

#define READS_MAX 64 /* datagrams read for one request: stale ones come first */
#define LOST_MS 15   /* sock_diag answers at once, so what is late is lost */

/* Not an answer to this request: look further. Positive, as no errno is. */
#define MORE 1

/* Asked for Vegas' state, a congestion control answers with its own. */
uint8_t te_diag_extensions(uint32_t want)
{
    return (uint8_t)(1 << (INET_DIAG_INFO - 1) |
                     (want & TE_WANT_SKMEM ? 1 << (INET_DIAG_SKMEMINFO - 1) : 0) |
                     (want & TE_WANT_CONG
                          ? 1 << (INET_DIAG_CONG - 1) | 1 << (INET_DIAG_VEGASINFO - 1)
                          : 0));
}

bool te_diag_is_connection(const struct te_snapshot *s)
{
    return s->info_len > 0 && te_diag_state_counts(s->state);
}

int te_diag_open(struct te_diag *d, const struct te_netns *ns)
{
    int fd;

    if (d->fd >= 0)
        return 0;
    fd = te_nlsock_open(ns, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return fd;
    d->fd = fd;
    return 0;
}

void te_diag_close(struct te_diag *d)
{
    struct te_guard guard;

    if (d->fd >= 0)
        close(d->fd);
    if (d->route) {
        te_guard_enter(&guard);
        te_netlink_close(d->route);
        te_guard_leave(&guard);
    }
    *d = (struct te_diag)TE_DIAG_INIT;
}

/* May another try mend this? */
static bool is_passing(int error)
{
    return error == -EAGAIN || error == -EINTR || error == -ENOBUFS || error == -ENOMEM ||
           error == -EMSGSIZE;
}

static int read_message(struct nlmsghdr *msg, uint32_t seq, struct te_snapshot *snapshot)
{
    int error;

    if (msg->nlmsg_seq != seq)
        return MORE;
    if (msg->nlmsg_type != NLMSG_ERROR)
        return te_diag_parse(msg, msg->nlmsg_len, snapshot) == 0 ? 0 : -EAGAIN;
    if (nlmsg_datalen(msg) < (int)sizeof(error))
        return -EAGAIN;
    memcpy(&error, nlmsg_data(msg), sizeof(error));
    return error < 0 ? error : -EAGAIN;
}

/* Reads until the answer is there. -EAGAIN: it is lost, or nothing that can be read. */
static int read_answer(const struct te_diag *d, struct te_snapshot *snapshot)
{
    _Alignas(struct nlmsghdr) uint8_t buf[4096];
    bool lost = false;

    for (int i = 0; i < READS_MAX; i++) {
        struct nlmsghdr *msg = (struct nlmsghdr *)buf;
        int rest, status = MORE;
        ssize_t received = te_nlsock_recv(d->fd, buf, sizeof(buf));

        if (received == -EAGAIN && !lost) {
            struct pollfd wait = {.fd = d->fd, .events = POLLIN};

            poll(&wait, 1, LOST_MS);
            lost = true;
            continue;
        }
        if (received == -EINTR)
            continue;
        /* Dropped or cut short, and perhaps it was ours: read what is queued, but do not wait. */
        if (received == -ENOBUFS || received > (ssize_t)sizeof(buf)) {
            lost = true;
            continue;
        }
        if (received < 0)
            return (int)received;
        for (rest = (int)received; nlmsg_ok(msg, rest) && status == MORE;
             msg = nlmsg_next(msg, &rest))
            status = read_message(msg, d->seq, snapshot);
        if (status != MORE)
            return status;
        if (rest > 0)
            lost = true; /* garbled */
    }
    return -EAGAIN;
}

/* The number is nobody's any more, or no socket's: somebody has closed it behind our back. */
static bool is_closed(int error)
{
    return error == -EBADF || error == -ENOTSOCK;
}

int te_diag_exchange(struct te_diag *d, const struct te_netns *ns, struct nlmsghdr *request,
                     unsigned *retries, struct te_snapshot *snapshot)
{
    bool reopened = false;

    for (;;) {
        int status = te_diag_open(d, ns);
        uint64_t start;

        if (status)
            return status;
        request->nlmsg_seq = ++d->seq;
        start = te_now_coarse();
        status = te_nlsock_send(d->fd, request, request->nlmsg_len);
        if (status == 0)
            status = read_answer(d, snapshot);
        if (status == 0) {
            snapshot->time_ns = te_now();
            snapshot->query_ns = (uint32_t)(snapshot->time_ns - start);
            snapshot->netns = ns->id;
            return 0;
        }
        if (is_closed(status) && !reopened) {
            d->fd = -1;
            reopened = true;
            continue;
        }
        if (!is_passing(status))
            return status;
        if (*retries == 0)
            return status == -ENOBUFS || status == -ENOMEM ? status : -EAGAIN;
        --*retries;
    }
}
