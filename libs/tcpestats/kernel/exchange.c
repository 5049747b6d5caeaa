/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netlink/msg.h>

#include "kernel/exchange.h"
#include "kernel/nlsock.h"

#define READS_MAX 64 /* datagrams read for one request: stale ones come first */
#define LOST_MS 15   /* sock_diag answers at once, so what is late is lost */

/* Not an answer to this request: look further. Like TE_NOT_OURS no errno. */
#define MORE 2

/*
 * Tells two sockets apart. Cookies of sockets were counted per namespace before kernels had
 * SO_NETNS_COOKIE, so on those the inode has to do. 0: not a socket.
 */
static uint64_t socket_identity(int fd, uint64_t netns)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);
    struct stat st;

    if (!(netns & TE_NETNS_BY_INODE))
        return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

static bool is_ours(const struct te_diag *d)
{
    return d->fd >= 0 && d->fd_cookie != 0 && socket_identity(d->fd, d->netns) == d->fd_cookie;
}

void te_diag_close(struct te_diag *d)
{
    if (d->fd < 0)
        return;
    if (is_ours(d))
        close(d->fd);
    te_netns_forget(&d->witness);
    *d = (struct te_diag)TE_DIAG_INIT;
}

int te_diag_ready(struct te_diag *d, bool netns_fixed)
{
    int fd;

    if (d->fd >= 0 && (netns_fixed || te_netns_unchanged(&d->witness)))
        return 0;
    te_diag_close(d);
    fd = te_nlsock_open(NETLINK_SOCK_DIAG);
    if (fd < 0)
        return fd;
    *d = (struct te_diag)TE_DIAG_INIT;
    d->netns = te_netns_identity(fd);
    d->fd_cookie = socket_identity(fd, d->netns);
    d->fd = fd;
    if (!netns_fixed)
        te_netns_remember(&d->witness);
    return 0;
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
        ssize_t received;

        if (!is_ours(d))
            return TE_NOT_OURS;
        received = te_nlsock_recv(d->fd, buf, sizeof(buf));
        if (received == -EAGAIN && !lost) {
            struct pollfd wait = {.fd = d->fd, .events = POLLIN};

            poll(&wait, 1, LOST_MS);
            lost = true;
            continue;
        }
        if (received == -EAGAIN)
            return -EAGAIN;
        if (received == -EINTR)
            continue;
        /* Dropped or cut short, and perhaps it was ours: read what is queued, but do not wait. */
        if (received == -ENOBUFS || received > (ssize_t)sizeof(buf)) {
            lost = true;
            continue;
        }
        if (received < 0)
            return is_ours(d) ? (int)received : TE_NOT_OURS;
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

int te_diag_exchange(struct te_diag *d, struct nlmsghdr *request, unsigned *retries,
                     struct te_snapshot *snapshot)
{
    for (;;) {
        uint64_t start;
        int status;

        if (!is_ours(d))
            return TE_NOT_OURS;
        request->nlmsg_seq = ++d->seq;
        start = te_now();
        status = te_nlsock_send(d->fd, request, request->nlmsg_len);
        if (status == 0)
            status = read_answer(d, snapshot);
        else if (!is_passing(status))
            return is_ours(d) ? status : TE_NOT_OURS;
        if (status == 0) {
            snapshot->time_ns = te_now();
            snapshot->query_ns = (uint32_t)(snapshot->time_ns - start);
            snapshot->netns = d->netns;
        }
        if (!is_passing(status))
            return status;
        if (*retries == 0)
            return status == -ENOBUFS || status == -ENOMEM ? status : -EAGAIN;
        --*retries;
    }
}
