/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket: a service manager's, or one of our own; and what the service manager is told. */
#ifndef TCPESTATSD_LISTEN_H
#define TCPESTATSD_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The listening socket that we were started with (LISTEN_PID, LISTEN_FDS), above standard error and
 * closed on exec. -ENOENT: there is none. -EINVAL: not one unix seqpacket socket that listens.
 */
int listen_inherited(void);

/*
 * Makes one at path, for root and the group (gid_t)-1: root alone. Its directory is made if need
 * be. A socket that nobody listens at is replaced; -EADDRINUSE where somebody does, or where it is
 * no socket.
 */
int listen_make(const char *path, gid_t group);

/*
 * The kernel shall refuse what clients send by way of descriptors, at their end (Linux 6.16). Where
 * it does not, and for what was sent before, is_clean() in clients.c sees to it.
 */
void listen_refuse_descriptors(int fd);

/* As sd_notify(); does nothing where nobody asked for it. */
void notify(const char *state);

#endif
