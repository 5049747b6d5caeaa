/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to the kernel's routing netlink. One thread at a time per struct. */
#ifndef LK_ASK_H
#define LK_ASK_H

#include "parse.h"

struct nl_sock;

struct lk_ask {
    struct nl_sock *sock;
    uint64_t netns; /* as te_netns_identity() */
};

int lk_ask_open(struct lk_ask *ask);
void lk_ask_close(struct lk_ask *ask);

/* A negative return of a visitor ends the walk and is returned. */
typedef int lk_on_message(const struct lk_message *message, void *arg);

/* Every link of the namespace, as of one instant. */
int lk_ask_all(struct lk_ask *ask, lk_on_message *visit, void *arg);

/* One link. -ENODEV: there is none of that index. */
int lk_ask_one(struct lk_ask *ask, uint32_t index, struct lk_message *message);

/*
 * When the oldest address of a link was made, in hundredths of a second since boot, modulo 2^32.
 * -ENOENT: it has no address.
 */
int lk_ask_oldest_address(struct lk_ask *ask, uint32_t index, uint32_t *created);

#endif
