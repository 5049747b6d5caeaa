/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int file_create(const char *path, bool replace)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) || !S_ISREG(info.st_mode))
        return fd;
    /* Where the file system has no locks, two writers are not kept apart. */
    if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        errno = EBUSY;
    else if (!info.st_size || (replace && !ftruncate(fd, 0)))
        return fd;
    else
        errno = replace ? errno : EEXIST;
    close(fd);
    return -1;
}

int file_open(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

bool file_is_directory(int fd)
{
    struct stat info;

    return !fstat(fd, &info) && S_ISDIR(info.st_mode);
}

uint64_t file_size(int fd)
{
    struct stat info;

    return fstat(fd, &info) || !S_ISREG(info.st_mode) ? 0 : (uint64_t)info.st_size;
}

void file_cut(int fd, uint64_t size)
{
    if (ftruncate(fd, (off_t)size)) {
        /* no file, or one of another kind: what was written stays */
    }
}
