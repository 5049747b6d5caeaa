/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "memory/state-internal.h"

static struct flock range(short type, uint64_t offset, uint64_t size)
{
    struct flock lock;

    memset(&lock, 0, sizeof(lock));
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = (off_t)offset;
    lock.l_len = (off_t)size;
    return lock;
}

int te_lock(const struct te_state *st, uint64_t offset, uint64_t size, struct te_wait *wait)
{
    struct flock lock = range(F_WRLCK, offset, size);

    while (fcntl(st->fd, F_OFD_SETLK, &lock)) {
        if (errno == EINTR)
            continue;
        if (errno == EBADF)
            return -EROFS; /* could only be opened for reading */
        if (errno != EAGAIN && errno != EACCES)
            return te_file_errno(errno);
        /* Whoever replaced the file may have died with the lock, or left it to a child. */
        if (!te_file_current(st))
            return TE_STALE;
        if (!te_wait(wait))
            return -EBUSY;
    }
    return 0;
}

void te_unlock(const struct te_state *st, uint64_t offset, uint64_t size)
{
    struct flock lock = range(F_UNLCK, offset, size);

    fcntl(st->fd, F_OFD_SETLK, &lock);
}

bool te_locked(const struct te_state *st, uint64_t offset, uint64_t size)
{
    struct flock lock = range(F_WRLCK, offset, size);

    return !fcntl(st->fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}
