/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"

static _Atomic int64_t offset;

static uint64_t read_clock(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * TE_SECOND_NS + (uint64_t)ts.tv_nsec -
           (uint64_t)atomic_load_explicit(&offset, memory_order_relaxed);
}

uint64_t te_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t te_now_coarse(void)
{
    return read_clock(CLOCK_MONOTONIC_COARSE);
}

int64_t te_clock_offset(void)
{
    return atomic_load_explicit(&offset, memory_order_relaxed);
}

/* The file tells of the namespace of children: not ours after unshare() without fork(). */
static bool is_our_namespace(void)
{
    struct stat ours, childrens;

    return !stat("/proc/self/ns/time", &ours) &&
           !stat("/proc/self/ns/time_for_children", &childrens) &&
           ours.st_ino == childrens.st_ino && ours.st_dev == childrens.st_dev;
}

void te_clock_init(void)
{
    char text[128];
    long long seconds, nanoseconds;
    ssize_t got;
    int fd;

    /* Not once for all: a child of fork() may be in another. Where there is no such file there are
       no time namespaces (before Linux 5.6). */
    fd = te_open_at(AT_FDCWD, "/proc/self/timens_offsets", O_RDONLY);
    if (fd >= 0) {
        got = read(fd, text, sizeof(text) - 1);
        close(fd);
        text[got > 0 ? got : 0] = '\0';
        if (sscanf(text, "monotonic %lld %lld", &seconds, &nanoseconds) == 2 && is_our_namespace())
            atomic_store(&offset, seconds * (int64_t)TE_SECOND_NS + nanoseconds);
    }
}
