/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "kernel/nlsock.h"

static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

int te_nlsock_open(const struct te_netns *ns, int protocol)
{
    int fd = te_netns_socket(ns, AF_NETLINK, SOCK_RAW, protocol);

    if (fd < 0)
        return fd == -EPROTONOSUPPORT || fd == -EAFNOSUPPORT ? -EOPNOTSUPP : fd;
    /* Connected to the kernel it refuses what other processes send. */
    if (connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) != 0) {
        int error = errno;

        close(fd);
        return -error;
    }
    return fd;
}

int te_nlsock_send(int fd, const void *msg, size_t len)
{
    /*
     * MSG_FASTOPEN means nothing to netlink. It makes a connected TCP socket look at the address,
     * which is none for it, instead of ignoring it.
     */
    ssize_t sent = sendto(fd, msg, len, MSG_FASTOPEN | MSG_DONTWAIT | MSG_NOSIGNAL,
                          (const struct sockaddr *)&kernel, sizeof(kernel));

    if (sent < 0)
        return -errno;
    return (size_t)sent == len ? 0 : -EIO;
}

ssize_t te_nlsock_recv(int fd, void *buf, size_t size)
{
    /* Netlink has no error queue and ignores that flag; TCP and UDP leave their data alone. */
    ssize_t received = recv(fd, buf, size, MSG_DONTWAIT | MSG_TRUNC | MSG_ERRQUEUE);

    return received < 0 ? -errno : received;
}
