/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which process has which socket open: a walk through /proc/PID/fd. */
#ifndef OWNERS_LINUX_H
#define OWNERS_LINUX_H

#include "backend.h"

/* Walks; what this user may not look into is left out. */
int owners_load(struct failure *failure);
void owners_free(void);

/* The processes that have the socket with this inode open. */
const struct owner *owners_of(uint32_t inode, size_t *count);

enum process_view owners_process(uint32_t pid, const char *name);

/* The kernel's name for the process (15 characters), its program file's, or its argv[0]'s. */
bool owners_name_matches(uint32_t pid, const char *name);

#endif
