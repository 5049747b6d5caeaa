/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "namespaces.h"

bool namespace_is(int fd)
{
    char path[64], target[64];
    ssize_t length;

    /*
     * The name of a file begins with a slash, so no file is called this; the kernel makes the name
     * up for namespaces. Only after that is it safe to ask the descriptor itself.
     */
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    length = readlink(path, target, sizeof(target) - 1);
    if (length < 5 || strncmp(target, "net:[", 5) != 0)
        return false;
    return ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

struct namespace *namespaces_take(struct namespaces *all, int fd)
{
    struct namespace *ns;
    struct stat st;

    if (fstat(fd, &st) != 0)
        goto fail;
    for (ns = all->first; ns; ns = ns->next) {
        if (ns->dev == st.st_dev && ns->ino == st.st_ino) {
            close(fd);
            ns->uses++;
            return ns;
        }
    }
    ns = calloc(1, sizeof(*ns));
    if (!ns)
        goto fail;
    ns->dev = st.st_dev;
    ns->ino = st.st_ino;
    ns->fd = fd;
    ns->uses = 1;
    ns->next = all->first;
    all->first = ns;
    return ns;
fail:
    close(fd);
    return NULL;
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
