/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "kernel/netlink.h"
#include "kernel/nlsock.h"

/* As much as the kernel ever puts into one datagram of a dump. */
#define DATAGRAM_MAX 32768

/* A message that is the dump's, and neither its end nor an error. Positive, as no errno is. */
#define MORE 1
#define END 2

/* The kernel answers at once; this is for an answer that got lost. */
static const struct timeval patience = {.tv_sec = 2};

int te_netlink_errno(int nl_error)
{
    switch (nl_error < 0 ? -nl_error : nl_error) {
    case NLE_SUCCESS:
        return 0;
    case NLE_NOMEM:
        return -ENOMEM;
    case NLE_OBJ_NOTFOUND:
    case NLE_NODEV:
        return -ENODEV;
    case NLE_DUMP_INTR:
    case NLE_AGAIN:
        return -EAGAIN;
    case NLE_PERM:
    case NLE_NOACCESS:
        return -EPERM;
    default:
        return -EIO;
    }
}

/*
 * libnl would take a lock to choose a port; a descriptor that the kernel has given one needs none.
 */
int te_netlink_open(const struct te_netns *ns, int protocol, struct nl_sock **result)
{
    struct nl_sock *sock;
    int fd = te_nlsock_open(ns, protocol);

    *result = NULL;
    if (fd < 0)
        return fd;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sock = nl_socket_alloc();
    if (!sock || nl_socket_set_fd(sock, protocol, fd) < 0) {
        close(fd);
        nl_socket_free(sock);
        return -ENOMEM;
    }
    nl_socket_disable_auto_ack(sock);
    nl_socket_set_msg_buf_size(sock, DATAGRAM_MAX);
    nl_socket_disable_msg_peek(sock);
    *result = sock;
    return 0;
}

void te_netlink_close(struct nl_sock *sock)
{
    nl_socket_free(sock);
}

struct visitor {
    int (*visit)(struct nlmsghdr *msg, uint64_t earliest_ns, void *arg);
    void *arg;
    int result; /* non-zero: it has ended the walk */
};

/* MORE, END or the negative errno that the kernel told. */
static int kind_of(struct nlmsghdr *msg)
{
    int error = 0;

    if (msg->nlmsg_type != NLMSG_DONE && msg->nlmsg_type != NLMSG_ERROR)
        return MORE;
    /* The number in the end is what the kernel's walk returned. */
    if (nlmsg_datalen(msg) >= (int)sizeof(error))
        memcpy(&error, nlmsg_data(msg), sizeof(error));
    if (error < 0)
        return error;
    return msg->nlmsg_type == NLMSG_DONE ? END : -EIO;
}

static int visit_all(struct nlmsghdr *msg, int rest, uint64_t earliest_ns, struct visitor *v)
{
    int status = MORE;

    for (; nlmsg_ok(msg, rest) && status == MORE; msg = nlmsg_next(msg, &rest)) {
        status = kind_of(msg);
        v->result = status == MORE ? v->visit(msg, earliest_ns, v->arg) : 0;
        if (v->result)
            return END;
    }
    return status;
}

/* One datagram. MORE, END or a negative errno. */
static int receive(struct nl_sock *sock, uint64_t earliest_ns, struct te_guard *guard,
                   struct visitor *v)
{
    unsigned char *datagram = NULL;
    struct sockaddr_nl from;
    int status = nl_recv(sock, &from, &datagram, NULL);

    if (status <= 0)
        return status ? te_netlink_errno(status) : -EAGAIN;
    if (guard)
        te_guard_leave(guard);
    status = visit_all((struct nlmsghdr *)(void *)datagram, status, earliest_ns, v);
    if (guard)
        te_guard_enter(guard);
    free(datagram);
    return status;
}

int te_netlink_dump(struct nl_sock *sock, int type, void *body, size_t size, struct te_guard *guard,
                    int (*visit)(struct nlmsghdr *msg, uint64_t earliest_ns, void *arg), void *arg)
{
    struct visitor visitor = {visit, arg, 0};
    uint64_t earliest_ns = te_now(), next_ns;
    int status = nl_send_simple(sock, type, NLM_F_DUMP, body, size);

    if (status < 0)
        return te_netlink_errno(status);
    do {
        /* While a datagram is received the kernel already makes the next one. */
        next_ns = te_now();
        status = receive(sock, earliest_ns, guard, &visitor);
        earliest_ns = next_ns;
    } while (status == MORE);
    return visitor.result ? visitor.result : status == END ? 0 : status;
}
