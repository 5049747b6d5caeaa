/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base.h"
#include "collector/wire.h"

/*
 * A process that listens at the path could tell us anything. Believed are root, which includes a
 * service manager that listens for the daemon; the user himself, who harms nobody else; and at the
 * default path whomever root has given the directory to.
 */
static bool is_trusted(int fd, const char *path)
{
    static const char directory[] = "/run/tcpestatsd";
    struct ucred peer;
    socklen_t len = sizeof(peer);
    struct stat st;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return false;
    if (peer.uid == 0 || peer.uid == geteuid())
        return true;
    return strcmp(path, TE_COLLECTOR_SOCKET) == 0 && lstat(directory, &st) == 0 &&
           S_ISDIR(st.st_mode) && st.st_uid == peer.uid && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

int te_collector_wire_open(struct te_collector_wire *wire, int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    int error = 0;

    *wire = (struct te_collector_wire)TE_COLLECTOR_WIRE_INIT;
    if (fd < 0)
        return fd;
    if (length < sizeof(address.sun_path))
        memcpy(address.sun_path, path, length);
    else
        error = -ENAMETOOLONG;
    if (!error && connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        error = -errno;
    if (!error && !is_trusted(fd, path))
        error = -EPERM;
    if (error)
        close(fd);
    else
        wire->fd = fd;
    return error;
}

void te_collector_wire_close(struct te_collector_wire *wire)
{
    if (wire->fd >= 0)
        close(wire->fd);
    *wire = (struct te_collector_wire)TE_COLLECTOR_WIRE_INIT;
}

bool te_collector_wire_is_up(const struct te_collector_wire *wire)
{
    char byte;
    ssize_t got = recv(wire->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    /* An answer may wait there that nobody had the patience for. */
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

int te_collector_wire_send(struct te_collector_wire *wire, struct te_collector_request *request)
{
    ssize_t sent;

    request->magic = TE_COLLECTOR_MAGIC;
    request->protocol = TE_COLLECTOR_PROTOCOL;
    request->serial = ++wire->serial;
    do
        sent = send(wire->fd, request, sizeof(*request), MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof(*request) ? 0 : -ENOTCONN;
}

static bool is_answer(const struct te_collector_answer *answer,
                      const struct te_collector_request *request)
{
    return answer->magic == TE_COLLECTOR_MAGIC && answer->protocol == TE_COLLECTOR_PROTOCOL &&
           answer->error <= 0 && answer->error > -4096 &&
           ((answer->call == request->call && answer->serial == request->serial) ||
            (answer->call == TE_COLLECTOR_REFUSED && answer->error));
}

/* To an earlier request, that nobody waited for any more. */
static bool is_late(const struct te_collector_answer *answer,
                    const struct te_collector_request *request)
{
    return answer->magic == TE_COLLECTOR_MAGIC && answer->call != TE_COLLECTOR_REFUSED &&
           (int32_t)(answer->serial - request->serial) < 0;
}

static void drop(int *fd)
{
    if (fd && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

/* What is there now; -EAGAIN: nothing yet. */
static int take(const struct te_collector_wire *wire, struct te_collector_answer *answer,
                int *got_fd)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {answer, sizeof(*answer)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    ssize_t got;

    if (got_fd) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_LEN(sizeof(int)); /* one, the kernel keeps what is more */
    }
    got = recvmsg(wire->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    /* An end with something of ours unread is told once, before what was answered until then. */
    if (got < 0 && errno == ECONNRESET)
        got = recvmsg(wire->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got_fd && got >= 0 && message.msg_controllen >= CMSG_LEN(sizeof(int)) &&
        control.head.cmsg_level == SOL_SOCKET && control.head.cmsg_type == SCM_RIGHTS &&
        control.head.cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(got_fd, CMSG_DATA(&control.head), sizeof(*got_fd));
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? -EAGAIN : -ENOTCONN;
    if (got == 0)
        return -ENOTCONN;
    return got == (ssize_t)sizeof(*answer) && !(message.msg_flags & MSG_TRUNC) ? 0 : -EPROTO;
}

int te_collector_wire_receive(struct te_collector_wire *wire,
                              const struct te_collector_request *request, uint64_t deadline_ns,
                              struct te_collector_answer *answer, int *got_fd)
{
    int status;

    if (got_fd)
        *got_fd = -1;
    for (;;) {
        struct pollfd wait = {.fd = wire->fd, .events = POLLIN};
        uint64_t now;

        status = take(wire, answer, got_fd);
        if (!status && is_late(answer, request)) {
            drop(got_fd);
            continue;
        }
        if (status != -EAGAIN)
            break;
        now = te_now();
        if (now >= deadline_ns)
            return -ETIMEDOUT;
        poll(&wait, 1, (int)((deadline_ns - now) / 1000000 + 1));
    }
    if (!status && !is_answer(answer, request))
        status = -EPROTO;
    if (!status && answer->call == TE_COLLECTOR_REFUSED)
        status = -ENOSPC;
    if (status)
        drop(got_fd);
    return status;
}
