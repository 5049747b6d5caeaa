/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include "kernel/exchange.h"
#include "kernel/netlink.h"

struct walk {
    int (*visit)(const struct te_snapshot *, void *);
    void *arg;
    uint64_t netns;
    int result; /* of visit; non-zero ended the walk */
};

static int see_message(struct nlmsghdr *msg, uint64_t earliest_ns, void *arg)
{
    struct walk *walk = arg;
    struct te_snapshot s;

    /* One unreadable message is no reason to hide all other connections. */
    if (te_diag_parse(msg, msg->nlmsg_len, &s) != 0 || !te_diag_is_connection(&s))
        return 0;
    s.time_ns = earliest_ns;
    s.netns = walk->netns;
    walk->result = walk->visit(&s, walk->arg);
    return walk->result;
}

int te_diag_dump(const struct te_netns *ns, uint32_t want,
                 int (*visit)(const struct te_snapshot *, void *), void *arg)
{
    /* Only a request of the old form gets both families in one walk. */
    struct inet_diag_req request = {
        .idiag_family = AF_UNSPEC,
        .idiag_ext = te_diag_extensions(want),
        .idiag_states = TE_DIAG_STATES,
    };
    struct walk walk = {visit, arg, ns->id, 0};
    struct te_guard guard;
    struct nl_sock *sock;
    int error;

    te_guard_enter(&guard);
    error = te_netlink_open(ns, NETLINK_SOCK_DIAG, &sock);
    if (!error) {
        error = te_netlink_dump(sock, TCPDIAG_GETSOCK, &request, sizeof(request), &guard,
                                see_message, &walk);
        te_netlink_close(sock);
    }
    te_guard_leave(&guard);
    if (walk.result)
        return walk.result;
    /* ENOENT: there is nothing that could walk. */
    return error == -ENOENT ? -EOPNOTSUPP : error;
}
