/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files whose owner's file system never takes what was written to them: the last close of each
 * waits for ever, beyond any signal.
 */
#ifndef HANG_FILE_H
#define HANG_FILE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Mounts the file system at dir, in a mount namespace of the test's own. False, with a line that
 * says why, where that can't be.
 */
bool hang_begin(const char *dir);

/* Its files get what they have waited for. */
void hang_end(void);

/* A new file; in any process. It can be sent and closed as any other until hang_spoil(). */
int hang_open(void);

/*
 * Somebody writes to all of them, through another descriptor, so that what was sent of them is a
 * trap from now on.
 */
void hang_spoil(void);

/* Is the process, or one below it, in a wait that no signal ends? */
bool hang_is_below(pid_t pid);

#endif
