/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root of cgroup2: where a hook sees the sockets of everybody. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "programs-internal.h"

static int open_cgroup2(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct statfs fs;

    if (fd < 0)
        return -errno;
    if (fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
        return fd;
    close(fd);
    return -EINVAL;
}

int programs_open_cgroup(const char *path)
{
    struct mntent entry, *m;
    char text[4096];
    int fd = -ENOENT;
    FILE *mounts;

    if (path)
        return open_cgroup2(path);
    mounts = setmntent("/proc/self/mounts", "re");
    if (!mounts)
        return -errno;
    while (fd < 0 && (m = getmntent_r(mounts, &entry, text, sizeof(text))))
        if (strcmp(m->mnt_type, "cgroup2") == 0)
            fd = open_cgroup2(m->mnt_dir);
    endmntent(mounts);
    return fd;
}
