/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "kernel/exchange.h"
#include "kernel/nlsock.h"

/* As much as the kernel ever puts into one datagram of a dump. */
#define BUFFER 32768

/* The kernel answers at once or not at all. */
#define PATIENCE_S 5

struct walk {
    int (*visit)(const struct te_snapshot *, void *);
    void *arg;
    uint64_t netns;
    int result; /* of visit, or a negative errno; non-zero ends the walk */
};

static int see_message(struct nl_msg *msg, void *arg)
{
    struct walk *walk = arg;
    struct nlmsghdr *head = nlmsg_hdr(msg);
    struct te_snapshot s;

    /* One unreadable message is no reason to hide all other connections. */
    if (te_diag_parse(head, head->nlmsg_len, &s) != 0 || !te_diag_is_connection(&s))
        return NL_SKIP;
    s.time_ns = te_now();
    s.netns = walk->netns;
    walk->result = walk->visit(&s, walk->arg);
    return walk->result ? NL_STOP : NL_OK;
}

/* The kernel could not finish the dump, or never began it. */
static int see_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
    struct walk *walk = arg;

    (void)from;
    walk->result = error->error < 0 ? error->error : -EIO;
    return NL_STOP;
}

/* The end. Its number is what the kernel's walk returned: ENOENT when there is nothing to walk it.
 */
static int see_end(struct nl_msg *msg, void *arg)
{
    struct walk *walk = arg;
    struct nlmsghdr *head = nlmsg_hdr(msg);
    int32_t status = 0;

    if (nlmsg_datalen(head) >= (int)sizeof(status))
        memcpy(&status, nlmsg_data(head), sizeof(status));
    if (status < 0)
        walk->result = status == -ENOENT ? -EOPNOTSUPP : status;
    return NL_OK;
}

/* Something changed while the kernel walked: what it had to tell is still true. */
static int see_interruption(struct nl_msg *msg, void *arg)
{
    (void)msg;
    (void)arg;
    return NL_OK;
}

static int errno_of(int nl_error)
{
    switch (nl_error) {
    case -NLE_NOMEM:
        return -ENOMEM;
    case -NLE_AGAIN:
        return -EAGAIN;
    case -NLE_PERM:
        return -EPERM;
    default:
        return -EIO;
    }
}

static int dump_family(struct nl_sock *sock, uint8_t family, uint32_t want, struct walk *walk)
{
    struct inet_diag_req_v2 request = {
        .sdiag_family = family,
        .sdiag_protocol = IPPROTO_TCP,
        .idiag_ext = te_diag_extensions(want),
        .idiag_states = TE_DIAG_STATES,
    };
    int error = nl_send_simple(sock, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request, sizeof(request));

    if (error >= 0)
        error = nl_recvmsgs_default(sock);
    if (walk->result)
        return walk->result;
    return error >= 0 ? 0 : errno_of(error);
}

/* libnl would take a lock to choose a port; a descriptor that the kernel has given one needs none.
 */
static int open_socket(struct walk *walk, struct nl_sock **result)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct nl_sock *sock;
    int fd = te_nlsock_open(NETLINK_SOCK_DIAG);

    if (fd < 0)
        return fd;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    walk->netns = te_netns_identity(fd);
    sock = nl_socket_alloc();
    if (!sock || nl_socket_set_fd(sock, NETLINK_SOCK_DIAG, fd) < 0) {
        nl_socket_free(sock);
        close(fd);
        return -ENOMEM;
    }
    nl_socket_set_msg_buf_size(sock, BUFFER);
    nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, see_message, walk);
    nl_socket_modify_cb(sock, NL_CB_FINISH, NL_CB_CUSTOM, see_end, walk);
    nl_socket_modify_cb(sock, NL_CB_DUMP_INTR, NL_CB_CUSTOM, see_interruption, walk);
    nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, see_error, walk);
    *result = sock;
    return 0;
}

int te_diag_dump(uint32_t want, int (*visit)(const struct te_snapshot *, void *), void *arg)
{
    /* The kernel lists a v6 socket with mapped addresses under AF_INET6 only. */
    static const uint8_t families[] = {AF_INET, AF_INET6};
    struct walk walk = {.visit = visit, .arg = arg};
    struct nl_sock *sock;
    int result = open_socket(&walk, &sock);

    if (result)
        return result;
    for (size_t i = 0; i < sizeof(families) && result == 0; i++)
        result = dump_family(sock, families[i], want, &walk);
    nl_socket_free(sock);
    return result;
}
