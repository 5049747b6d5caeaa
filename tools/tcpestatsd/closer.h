/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A second process that closes clients' sockets. Whatever a client has sent and nobody has read is
 * closed with them, and that may wait for whom the client likes: for a file system that he serves,
 * in a way that no signal ends. So this process has each client's socket, too, from the beginning
 * to the end; the daemon's own close is never the last one, not even when the daemon is killed. The
 * last one is done by a child of it, one at a time for each account.
 */
#ifndef TCPESTATSD_CLOSER_H
#define TCPESTATSD_CLOSER_H

#include <stdbool.h>
#include <stdint.h>

/* Clients' sockets that it keeps at most, by number: 0 to CLOSER_KEEPS - 1. */
#define CLOSER_KEEPS 4096

/*
 * Starts it, as this user (NULL: as we are), without any privilege. The descriptor that becomes
 * readable when there is something for closer_collect(), or a negative errno.
 */
int closer_start(const char *user);

/* Gives it a socket to keep. False: it does not answer; then the daemon can't go on safely. */
bool closer_keep(uint32_t number, uint64_t account, int fd);

/* It shall close that one now. */
bool closer_close(uint32_t number);

/* Calls closed() for each that has been closed; its number can be given again. False: it is gone.
 */
bool closer_collect(void (*closed)(void *arg, uint32_t number), void *arg);

#endif
