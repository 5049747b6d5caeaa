/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "collector/wire.h"
#include "base/base.h"

/*
 * The number may have become a stranger's descriptor since we looked. A TCP, UDP or unix stream
 * socket refuses a message with this address and flag and stays as it was; ours, which is
 * connected, ignores both. (A stranger's connected seqpacket socket would take it: for that there
 * is only the check beforehand.)
 */
#define SEND_FLAGS (MSG_FASTOPEN | MSG_DONTWAIT | MSG_NOSIGNAL)
static const struct sockaddr_un nowhere = {.sun_family = AF_UNIX, .sun_path = "/dev/null"};

/* In the same way: no other protocol than unix gives any of its data for this. */
#define RECEIVE_FLAGS (MSG_ERRQUEUE | MSG_DONTWAIT)

static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

static bool is_ours(const struct te_collector_wire *wire)
{
    return wire->fd >= 0 && wire->fd_cookie != 0 && cookie_of(wire->fd) == wire->fd_cookie;
}

/*
 * Whoever listens at the path could tell us anything. Believed are root, which includes a service
 * manager that listens for the daemon; the user himself, who harms nobody else; and at the default
 * path whoever root has given the directory to.
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

int te_collector_wire_open(struct te_collector_wire *wire, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, error = 0;

    *wire = (struct te_collector_wire)TE_COLLECTOR_WIRE_INIT;
    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    fd = te_above_stderr(fd);
    if (fd < 0)
        return fd;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        error = -errno;
    else if (!is_trusted(fd, path))
        error = -EPERM;
    if (error) {
        close(fd);
        return error;
    }
    wire->fd_cookie = cookie_of(fd);
    wire->fd = fd;
    return 0;
}

void te_collector_wire_close(struct te_collector_wire *wire)
{
    if (is_ours(wire))
        close(wire->fd);
    *wire = (struct te_collector_wire)TE_COLLECTOR_WIRE_INIT;
}

bool te_collector_wire_is_up(const struct te_collector_wire *wire)
{
    char byte;

    /* An answer that nobody asked for is as bad as an end. */
    return is_ours(wire) && recv(wire->fd, &byte, 1, RECEIVE_FLAGS | MSG_PEEK) < 0 &&
           (errno == EAGAIN || errno == EINTR);
}

static int put(const struct te_collector_wire *wire, const struct te_collector_request *request,
               int send_fd)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.head = {.cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS,
                          .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec data = {(void *)(uintptr_t)request, sizeof(*request)};
    struct msghdr message = {.msg_name = (void *)(uintptr_t)&nowhere,
                             .msg_namelen = sizeof(nowhere),
                             .msg_iov = &data,
                             .msg_iovlen = 1};

    if (send_fd >= 0) {
        memcpy(CMSG_DATA(&control.head), &send_fd, sizeof(send_fd));
        message.msg_control = &control;
        message.msg_controllen = CMSG_LEN(sizeof(int));
    }
    if (!is_ours(wire))
        return -ENOTCONN;
    for (int i = 0; i < 3; i++) {
        ssize_t sent = sendmsg(wire->fd, &message, SEND_FLAGS);

        if (sent == (ssize_t)sizeof(*request))
            return 0;
        if (sent >= 0 || errno != EINTR)
            break;
    }
    return -ENOTCONN;
}

static bool is_answer(const struct te_collector_answer *answer,
                      const struct te_collector_request *request)
{
    return answer->magic == TE_COLLECTOR_MAGIC && answer->protocol == TE_COLLECTOR_PROTOCOL &&
           answer->call == request->call && answer->serial == request->serial &&
           answer->error <= 0 && answer->error > -4096;
}

/* What is there now. -EAGAIN: nothing yet. Looked at before it is taken: it may be a stranger's. */
static int take(const struct te_collector_wire *wire, const struct te_collector_request *request,
                struct te_collector_answer *answer, int *got_fd)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec data = {answer, sizeof(*answer)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    ssize_t got;

    if (!is_ours(wire))
        return -ENOTCONN;
    got = recv(wire->fd, answer, sizeof(*answer), RECEIVE_FLAGS | MSG_PEEK | MSG_TRUNC);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? -EAGAIN : -ENOTCONN;
    if (got == 0)
        return -ENOTCONN;
    if (got != (ssize_t)sizeof(*answer) || !is_answer(answer, request))
        return -EPROTO;
    if (got_fd) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_LEN(sizeof(int)); /* one, the kernel keeps what is more */
    }
    got = recvmsg(wire->fd, &message, RECEIVE_FLAGS | MSG_CMSG_CLOEXEC);
    if (got_fd && got >= 0 && message.msg_controllen >= CMSG_LEN(sizeof(int)) &&
        control.head.cmsg_level == SOL_SOCKET && control.head.cmsg_type == SCM_RIGHTS &&
        control.head.cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(got_fd, CMSG_DATA(&control.head), sizeof(*got_fd));
    return got == (ssize_t)sizeof(*answer) && is_answer(answer, request) ? 0 : -EPROTO;
}

int te_collector_wire_ask(struct te_collector_wire *wire, struct te_collector_request *request,
                          int send_fd, uint64_t deadline_ns, struct te_collector_answer *answer,
                          int *got_fd)
{
    int status;

    if (got_fd)
        *got_fd = -1;
    request->magic = TE_COLLECTOR_MAGIC;
    request->protocol = TE_COLLECTOR_PROTOCOL;
    request->serial = ++wire->serial;
    status = put(wire, request, send_fd);
    if (status)
        return status;
    while ((status = take(wire, request, answer, got_fd)) == -EAGAIN) {
        struct pollfd wait = {.fd = wire->fd, .events = POLLIN};
        uint64_t now = te_now();

        if (now >= deadline_ns)
            return -ETIMEDOUT;
        poll(&wait, 1, (int)((deadline_ns - now) / 1000000 + 1));
    }
    if (status && got_fd && *got_fd >= 0) {
        close(*got_fd);
        *got_fd = -1;
    }
    return status;
}
