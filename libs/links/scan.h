/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links of the namespace that can be connections, connected or not. */
#ifndef LK_SCAN_H
#define LK_SCAN_H

#include "ask.h"

struct lk_scan {
    uint64_t netns;
    struct lk_link *link; /* by ascending index */
    size_t count;
    bool complete; /* these are all */
};

/*
 * Looks at all links, or only at that of a handle (not 0), which costs much less where there are
 * many.
 */
int lk_scan(struct lk_ask *ask, uint32_t handle, struct lk_scan *scan);
void lk_scan_free(struct lk_scan *scan);

/* The link that a handle names, or NULL. */
const struct lk_link *lk_scan_find(const struct lk_scan *scan, uint32_t handle);

#endif
