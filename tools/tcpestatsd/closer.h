/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Closing what strangers have sent: close() may wait for whom they choose, for their file system to
 * flush or for their connection to linger.
 */
#ifndef TCPESTATSD_CLOSER_H
#define TCPESTATSD_CLOSER_H

#include "users.h"

/* Readable when a thread is back. A negative errno when it can't be made. */
int closer_init(void);

/*
 * Closes a client's socket. What is queued in it and was never received goes with it, and of that
 * only what lingers can keep us waiting, which a signal ends.
 */
void closer_close_socket(int fd);

/*
 * Closes count descriptors that were received, in a thread of its own. user->stuck counts them
 * until closer_collect() has seen the end. When no thread can be had they stay open.
 */
void closer_close(struct user *user, const int *fds, unsigned count);

void closer_collect(struct users *users);

#endif
