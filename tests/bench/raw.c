/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "raw.h"

#include <arpa/inet.h>
#include <err.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

void raw_open(struct raw *raw)
{
    raw->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (raw->fd < 0)
        err(1, "NETLINK_SOCK_DIAG");
    raw->seq = 0;
}

void raw_close(struct raw *raw)
{
    close(raw->fd);
}

int raw_lookup(struct raw *raw, struct ports ports)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
    } request = {
        .header = {.nlmsg_len = sizeof(request),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST,
                   .nlmsg_seq = ++raw->seq},
        .body = {.sdiag_family = AF_INET,
                 .sdiag_protocol = IPPROTO_TCP,
                 .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                 .idiag_states = ~0u,
                 .id = {.idiag_sport = htons(ports.local),
                        .idiag_dport = htons(ports.remote),
                        .idiag_src = {htonl(INADDR_LOOPBACK)},
                        .idiag_dst = {htonl(INADDR_LOOPBACK)},
                        .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
    };
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    _Alignas(struct nlmsghdr) char answer[4096];
    const struct nlmsghdr *header = (const struct nlmsghdr *)answer;

    if (sendto(raw->fd, &request, sizeof(request), 0, (struct sockaddr *)&kernel, sizeof(kernel)) <
            0 ||
        recv(raw->fd, answer, sizeof(answer), 0) < (ssize_t)sizeof(*header))
        err(1, "raw look-up");
    if (header->nlmsg_type == NLMSG_ERROR)
        return -((const struct nlmsgerr *)NLMSG_DATA(header))->error;
    return 0;
}
