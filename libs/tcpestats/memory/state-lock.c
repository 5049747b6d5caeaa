/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Locks with a bound on the wait, and the guard that keeps their holder alive and running. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "memory/state-internal.h"

#define PATIENCE_NS 500000000u
#define YIELDS 10u
#define SLEEP_MIN_NS 20000
#define SLEEP_MAX_NS 1000000

uint64_t te_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

bool te_wait(struct te_wait *wait)
{
    struct timespec nap = {0, SLEEP_MIN_NS};

    if (!wait->until_ns)
        wait->until_ns = te_now() + PATIENCE_NS;
    /* A lock is held for microseconds, unless its holder lost the processor. */
    if (wait->rounds++ < YIELDS) {
        sched_yield();
        return true;
    }
    if (te_now() >= wait->until_ns)
        return false;
    nap.tv_nsec <<= wait->rounds - YIELDS < 6 ? wait->rounds - YIELDS : 6;
    if (nap.tv_nsec > SLEEP_MAX_NS)
        nap.tv_nsec = SLEEP_MAX_NS;
    nanosleep(&nap, NULL);
    return true;
}

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
            return te_state_errno(errno);
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

void te_guard_enter(struct te_guard *guard)
{
    sigset_t all;

    _Static_assert(sizeof(guard->mask) >= sizeof(sigset_t), "te_guard.mask");
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, (sigset_t *)(void *)guard->mask);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard->cancel);
}

void te_guard_leave(const struct te_guard *guard)
{
    int unused;

    pthread_setcancelstate(guard->cancel, &unused);
    pthread_sigmask(SIG_SETMASK, (const sigset_t *)(const void *)guard->mask, NULL);
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

int te_state_errno(int error)
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
