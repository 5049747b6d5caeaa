/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptor.h"

int te_above_stderr(int fd)
{
    int moved, error;

    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    error = errno;
    close(fd);
    return moved >= 0 ? moved : -error;
}

int te_open_at(int dir_fd, const char *name, int flags)
{
    int fd = openat(dir_fd, name, flags | O_CLOEXEC, S_IRUSR | S_IWUSR);

    return fd < 0 ? -errno : te_above_stderr(fd);
}

bool te_is_private_file(int fd, uint64_t *size)
{
    struct stat sb;

    if (fstat(fd, &sb) || (sb.st_mode & (S_IFMT | S_IRWXG | S_IRWXO)) != S_IFREG ||
        sb.st_nlink != 1 || sb.st_uid != geteuid())
        return false;
    *size = (uint64_t)sb.st_size;
    return true;
}

/*
 * Exceeding RLIMIT_FSIZE also sends a signal, to the thread itself, where it is now pending: taken
 * back here, before the guard lets it through.
 */
static void take_back_sigxfsz(void)
{
    const struct timespec at_once = {0, 0};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    sigtimedwait(&set, NULL, &at_once);
}

int te_file_errno(int error)
{
    switch (error) {
    case EFBIG:
        take_back_sigxfsz();
        return -ENOSPC;
    case EACCES:
    case EPERM:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EROFS:
    case EBUSY:
    case EIO:
        return -error;
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
    case ELOOP:
    case ENAMETOOLONG:
        return -EACCES;
    default:
        return -EIO;
    }
}
