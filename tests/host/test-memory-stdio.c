/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that has closed its standard descriptors and prints all the same: nothing of the memory
 * may lie there, not even while a file is being made. The system calls that take a descriptor are
 * interposed (see build.mk), so that a short stay shows, too.
 */
#include <stdarg.h>
#include <sys/file.h>
#include <sys/vfs.h>

#include "memory-kit.h"

/* Calls seen at all, and those on a standard descriptor. */
static int calls, low_calls;

static void look(int fd)
{
    calls++;
    low_calls += fd >= 0 && fd <= STDERR_FILENO;
}

#define WATCH(type, name, params, args) \
    type __real_##name params;          \
    type __wrap_##name params;          \
    type __wrap_##name params           \
    {                                   \
        look(fd);                       \
        return __real_##name args;      \
    }

WATCH(ssize_t, read, (int fd, void *buf, size_t size), (fd, buf, size))
WATCH(ssize_t, pread, (int fd, void *buf, size_t size, off_t at), (fd, buf, size, at))
WATCH(ssize_t, pwrite, (int fd, const void *buf, size_t size, off_t at), (fd, buf, size, at))
WATCH(int, fstat, (int fd, struct stat *sb), (fd, sb))
WATCH(int, fstatfs, (int fd, struct statfs *fs), (fd, fs))
WATCH(int, fchmod, (int fd, mode_t mode), (fd, mode))
WATCH(int, posix_fallocate, (int fd, off_t at, off_t size), (fd, at, size))
WATCH(int, flock, (int fd, int how), (fd, how))
WATCH(int, mkdirat, (int fd, const char *name, mode_t mode), (fd, name, mode))
WATCH(int, faccessat, (int fd, const char *name, int how, int flags), (fd, name, how, flags))
WATCH(int, renameat, (int fd, const char *from, int fd2, const char *to), (fd, from, fd2, to))

int __real_openat(int fd, const char *name, int flags, ...);
int __wrap_openat(int fd, const char *name, int flags, ...);

int __wrap_openat(int fd, const char *name, int flags, ...)
{
    unsigned mode;
    va_list more;

    va_start(more, flags);
    mode = flags & O_CREAT ? va_arg(more, unsigned) : 0;
    va_end(more);
    look(fd);
    return __real_openat(fd, name, flags, mode);
}

static struct kit_user u;

/* Runs in a child, with some of the standard descriptors closed. 0, or the number of the line. */
static int use_all(int closed)
{
#define CHECK(condition)     \
    do {                     \
        if (!(condition))    \
            return __LINE__; \
    } while (0)

    uint64_t seed;

    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (closed >> fd & 1)
            close(fd);
    CHECK(kit_get(&u, 1) == 0); /* makes the file */
    CHECK(kit_set(&u, 1, 11) == 0);
    kit_done(&u);
    CHECK(kit_get(&u, 1) == 11); /* maps it */
    seed = u.memory.seed;
    for (uint64_t i = 2; u.memory.seed == seed; i++) /* renews it */
        CHECK(i < 10000 && kit_set(&u, i, 12) == 0);
    CHECK(!unlink(kit_file(u.dir)) && kit_set(&u, 10001, 1) == 0); /* makes it again */

    /* What the program prints goes nowhere. */
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (closed >> fd & 1)
            CHECK(write(fd, "text", 4) == -1 && errno == EBADF);
    CHECK(kit_get_anew(u.dir, 10001) == 1);
    CHECK(low_calls == 0);
    CHECK(calls > 100);
    return 0;
}

START_TEST(nothing_of_the_memory_lies_on_a_standard_descriptor)
{
    for (int closed = 1; closed < 8; closed++) {
        int *line = kit_shared(sizeof(*line));
        pid_t pid;

        kit_begin(&u, kit_fresh());
        calls = low_calls = 0;
        pid = suite_fork();
        if (!pid) {
            *line = use_all(closed);
            _exit(0);
        }
        ck_assert_int_eq(kit_wait(pid), 0);
        ck_assert_msg(*line == 0, "line %d, closed: %#x", *line, (unsigned)closed);
        munmap(line, sizeof(*line));
    }
}
END_TEST

SUITE("the memory without standard descriptors", 60,
      nothing_of_the_memory_lies_on_a_standard_descriptor)
