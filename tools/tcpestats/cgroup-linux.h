/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control groups of version 2: their paths by the ids that the kernel gives for sockets. */
#ifndef CGROUP_LINUX_H
#define CGROUP_LINUX_H

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_PATH_MAX 4096

/* The path below the mount of version 2, "/" for the root; NULL: no such group is seen here. Good
 * until the next call. */
const char *cgroup_of_id(uint64_t id);

/* The group of a process, from /proc; false: not known. */
bool cgroup_of_process(uint32_t pid, char path[CGROUP_PATH_MAX]);

/* Is there such a group? Where version 2 is not mounted there is none. */
bool cgroup_exists(const char *path);

/* Where version 2 is mounted, or NULL. */
const char *cgroup_mount(void);

void cgroup_free(void);

#endif
