/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One RTM_NEWLINK message of the kernel, taken apart by libnl-route. */
#ifndef LK_PARSE_H
#define LK_PARSE_H

#include "links.h"

struct nl_msg;

struct lk_message {
    uint32_t index;
    uint32_t flags; /* IFF_ */
    uint32_t type;  /* ARPHRD_ */
    uint32_t master;
    char name[LK_NAME_MAX];
    char kind[LK_NAME_MAX];
    uint64_t counter[LK_COUNTERS];
};

/* 0, -EBADMSG for what is no description of a link that could be one of ours, or -ENOMEM. */
int lk_parse(struct nl_msg *msg, struct lk_message *message);

#endif
