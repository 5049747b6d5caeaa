/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may use the collector: root, and the members of one group. */
#ifndef TCPESTATSD_TRUST_H
#define TCPESTATSD_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

/* gid: of the group, (gid_t)-1: none. *uid: whose the peer of a unix socket is. */
bool trust_peer(int fd, gid_t gid, uid_t *uid);

#endif
