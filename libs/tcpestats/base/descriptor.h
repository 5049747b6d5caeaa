/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors and the errors of files. */
#ifndef TE_DESCRIPTOR_H
#define TE_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Moves a new descriptor out of the way of programs that have closed their standard ones and print
 * all the same. The descriptor, or a negative errno; a negative fd comes back as it is.
 */
int te_above_stderr(int fd);

/*
 * openat(), with O_CLOEXEC and above the standard descriptors: into a file of ours that lay there a
 * program could print. New files are the owner's alone. A descriptor or a negative errno.
 */
int te_open_at(int dir_fd, const char *name, int flags);

/* Is it a regular file with one name that only this user may touch? Then *size is its size. */
bool te_is_private_file(int fd, uint64_t *size);

/* The errno of a file operation as one of those that tcpestats.h names, negative. */
int te_file_errno(int error);

#endif
