/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A second process that accepts and closes clients' sockets. Whatever a client has sent and nobody
 * has read is closed with them, and that may wait for whom the client likes: for a file system that
 * he serves, in a way that no signal ends. So it is this process that accepts connections, when the
 * daemon tells it to, and the daemon gets a copy: the daemon's own close is never the last one, not
 * even when the daemon is killed. The last one is done by a child, one at a time for each account.
 */
#ifndef TCPESTATSD_CLOSER_H
#define TCPESTATSD_CLOSER_H

#include <stdbool.h>
#include <stdint.h>

/* Clients' sockets that it keeps at most, by number: 0 to CLOSER_KEEPS - 1. */
#define CLOSER_KEEPS 4096

/*
 * Starts it, as this user (NULL: as we are), without any privilege. The descriptor that becomes
 * readable when there is something for closer_collect(), or a negative errno. ours: when the daemon
 * ends nobody shall be let in any more.
 */
int closer_start(int listener, bool ours, const char *user);

/*
 * Accepts a connection under a number that is free: its descriptor, or a negative errno of
 * accept(). -EPIPE: the closer does not answer; then the daemon can't go on safely.
 */
int closer_accept(uint32_t number);

/* That one is to be closed now, on this account. False: as -EPIPE. */
bool closer_close(uint32_t number, uint64_t account);

/* Calls closed() for each that has been closed; its number can be given again. False: as -EPIPE. */
bool closer_collect(void (*closed)(void *arg, uint32_t number), void *arg);

#endif
