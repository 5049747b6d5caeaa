/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network namespaces that clients are in, as the kernel says, each kept open once. */
#ifndef TCPESTATSD_NAMESPACES_H
#define TCPESTATSD_NAMESPACES_H

#include <stdint.h>

struct namespace
{
    struct namespace *next;
    uint64_t cookie; /* unlike that of any other of this boot */
    int fd;
    uint32_t uses; /* by clients and by records */
};

struct namespaces {
    struct namespace *first;
};

/*
 * The namespace in which a client has made the socket that is connected to this one; nobody else
 * has a say in that. 0, or a negative errno: -EOPNOTSUPP on kernels before 5.14.
 */
int namespaces_get(struct namespaces *all, int socket, struct namespace **result);

void namespaces_use(struct namespace *ns);
void namespaces_put(struct namespaces *all, struct namespace *ns);

#endif
