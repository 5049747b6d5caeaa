/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From libtcpestats' structs to the backend's, for what there is on Linux only. */
#ifndef BACKEND_LINUX_H
#define BACKEND_LINUX_H

#include "backend.h"

void conn_from_library(struct conn *conn, uint32_t netns, const struct tcpestats_conn *found);

/* What a snapshot says of these classes; *cookie: of which connection. A negative errno, or 0. */
int readings_from_library(const struct tcpestats_snapshot *from, unsigned classes,
                          struct reading *readings, uint64_t *cookie);

#endif
