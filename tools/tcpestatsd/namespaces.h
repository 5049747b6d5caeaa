/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network namespaces that clients have shown us, each kept open once. */
#ifndef TCPESTATSD_NAMESPACES_H
#define TCPESTATSD_NAMESPACES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct namespace
{
    struct namespace *next;
    dev_t dev;
    ino_t ino;
    int fd;
    uint32_t uses; /* by clients and by records */
};

struct namespaces {
    struct namespace *first;
};

/*
 * Is this descriptor a network namespace? Asks nobody but the kernel: not a file system that the
 * descriptor's owner may run himself, and that might never answer.
 */
bool namespace_is(int fd);

/* Takes a descriptor for which that holds. NULL: out of memory; then it is closed, too. */
struct namespace *namespaces_take(struct namespaces *all, int fd);

void namespaces_use(struct namespace *ns);
void namespaces_put(struct namespaces *all, struct namespace *ns);

#endif
