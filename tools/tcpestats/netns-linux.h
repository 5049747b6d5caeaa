/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network namespaces that are looked into: one, or all that have a process or a name below
 * /run/netns. Each has a handle of the library, and a number that no other gets.
 */
#ifndef NETNS_LINUX_H
#define NETNS_LINUX_H

#include "backend.h"

struct netns {
    uint32_t number;
    bool is_live; /* it was there when it was last looked for */
    uint64_t dev, inode;
    struct tcpestats *handle;    /* NULL: it is gone, and kept for its name only */
    struct tcpestats_ends *ends; /* ends-linux.c: hears of what ends in it, or NULL */
    uint64_t lost;               /* of those */
    int socket;                  /* in it, for the names of its interfaces; -1: none */
    char name[PROCESS_MAX];      /* below /run/netns, else its lowest process' number */
};

/* Opens the one that --netns names, NULL: that of the program, which then enters it. */
int netns_open(const char *name, struct failure *failure);

/* Opens all. */
int netns_open_all(struct failure *failure);

void netns_close(void);

/* Takes in those that came since, and lets those go that went. */
void netns_refresh(void);

bool netns_is_all(void);
bool netns_has_hidden(void); /* are there some that this user may not look into? */

size_t netns_count(void); /* live ones */
struct netns *netns_at(size_t i);
struct netns *netns_find(uint32_t number); /* NULL: not known any more */

/* A sentence for a negative errno of the library's. */
int netns_fail(struct failure *failure, int error);

#endif
