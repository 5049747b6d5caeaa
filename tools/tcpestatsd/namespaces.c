/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "namespaces.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif
#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif

int namespaces_get(struct namespaces *all, int socket, struct namespace **result)
{
    struct namespace *ns;
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);
    int fd;

    /* An accepted socket is in the namespace of the one that has connected to it. */
    if (getsockopt(socket, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) != 0)
        return errno == ENOPROTOOPT ? -EOPNOTSUPP : -errno;
    for (ns = all->first; ns; ns = ns->next) {
        if (ns->cookie == cookie) {
            ns->uses++;
            *result = ns;
            return 0;
        }
    }
    fd = ioctl(socket, SIOCGSKNS);
    if (fd < 0)
        return -errno;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    ns = calloc(1, sizeof(*ns));
    if (!ns) {
        close(fd);
        return -ENOMEM;
    }
    ns->cookie = cookie;
    ns->fd = fd;
    ns->uses = 1;
    ns->next = all->first;
    all->first = ns;
    *result = ns;
    return 0;
}

void namespaces_use(struct namespace *ns)
{
    ns->uses++;
}

void namespaces_put(struct namespaces *all, struct namespace *ns)
{
    struct namespace **at;

    if (!ns || --ns->uses)
        return;
    for (at = &all->first; *at != ns; at = &(*at)->next)
        ;
    *at = ns->next;
    close(ns->fd);
    free(ns);
}
