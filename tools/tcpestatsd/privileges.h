/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon may do once it is set up: as little as possible. */
#ifndef TCPESTATSD_PRIVILEGES_H
#define TCPESTATSD_PRIVILEGES_H

#include <stdint.h>

/*
 * Becomes user (NULL: stays who we are) without other groups, keeps the capabilities whose bits are
 * in keep, as far as we have them, and gives up all else for good: bounding and ambient set, and
 * any gain by exec. 0 or a negative errno; -ENOENT: no such user.
 */
int privileges_drop(const char *user, uint64_t keep);

#endif
