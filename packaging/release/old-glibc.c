/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Linked into the helper of the binary release, so that it runs on older systems than the one it
 * was built on: what glibc has given a newer version or another library is asked for as it always
 * was. x86_64 only.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#ifndef __x86_64__
#error "the versions are those of x86_64"
#endif

#define HIDDEN __attribute__((visibility("hidden")))

/* old_NAME is glibc's NAME of that version; what follows is hidden in the library, and calls it. */
#define OLD(name, version, result, ...)    \
    extern result old_##name(__VA_ARGS__); \
    __asm__(".symver old_" #name "," #name "@" version)

#define SAME(name, type, object)                 \
    OLD(name, "GLIBC_2.2.5", int, type *object); \
    HIDDEN int name(type *object)                \
    {                                            \
        return old_##name(object);               \
    }                                            \
    _Static_assert(sizeof(type) > 0, "a macro wants a semicolon after it")

/* In libpthread before 2.34. */
SAME(pthread_rwlock_rdlock, pthread_rwlock_t, lock);
SAME(pthread_rwlock_wrlock, pthread_rwlock_t, lock);
SAME(pthread_rwlock_unlock, pthread_rwlock_t, lock);

OLD(pthread_create, "GLIBC_2.2.5", int, pthread_t *thread, const pthread_attr_t *attributes,
    void *(*run)(void *), void *arg);
HIDDEN int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                          void *(*run)(void *), void *restrict arg)
{
    return old_pthread_create(thread, attributes, run, arg);
}

OLD(pthread_join, "GLIBC_2.2.5", int, pthread_t thread, void **result);
HIDDEN int pthread_join(pthread_t thread, void **result)
{
    return old_pthread_join(thread, result);
}

/* Before 2.32. */
OLD(pthread_sigmask, "GLIBC_2.2.5", int, int how, const sigset_t *set, sigset_t *old);
HIDDEN int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    return old_pthread_sigmask(how, set, old);
}

/* Before 2.33 the functions had the layout's number in front. */
#define STAT_LAYOUT 1
OLD(__xstat, "GLIBC_2.2.5", int, int layout, const char *path, struct stat *st);
OLD(__lxstat, "GLIBC_2.2.5", int, int layout, const char *path, struct stat *st);
OLD(__fxstat, "GLIBC_2.2.5", int, int layout, int fd, struct stat *st);
OLD(__fxstatat, "GLIBC_2.4", int, int layout, int dir, const char *path, struct stat *st,
    int flags);

HIDDEN int stat(const char *restrict path, struct stat *restrict st)
{
    return old___xstat(STAT_LAYOUT, path, st);
}

HIDDEN int lstat(const char *restrict path, struct stat *restrict st)
{
    return old___lxstat(STAT_LAYOUT, path, st);
}

HIDDEN int fstat(int fd, struct stat *st)
{
    return old___fxstat(STAT_LAYOUT, fd, st);
}

HIDDEN int fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags)
{
    return old___fxstatat(STAT_LAYOUT, dir, path, st, flags);
}

/*
 * Debian's static libnl is code for programs, which takes these two for its own. It prints to them
 * when it is told to dump or to debug, which nobody here does.
 */
#undef stdout
#undef stderr
HIDDEN FILE *stdout;
HIDDEN FILE *stderr;
