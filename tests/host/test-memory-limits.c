/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory where the system refuses: no space, no rights, no descriptors, no safe place. */
#include <sys/resource.h>

#include "memory-kit.h"

static struct kit_user u;

/* A test in a process of its own, which may mount and limit itself. 77: not permitted. */
static void in_child(int (*test)(const char *dir), const char *what)
{
    const char *dir = kit_fresh();
    pid_t pid = suite_fork();
    int status;

    if (!pid) {
        kit_begin(&u, dir);
        _exit(test(dir));
    }
    status = kit_wait(pid);
    if (status == 77)
        printf("SKIP: %s: not permitted here\n", what);
    else
        ck_assert_msg(status == 0, "%s: failed, see above (%d)", what, status);
}

/* check's own assertions are for the process that check knows. */
#define FAIL_UNLESS(condition)                                                                    \
    do {                                                                                          \
        if (!(condition)) {                                                                       \
            fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, strerror(errno)); \
            return 1;                                                                             \
        }                                                                                         \
    } while (0)

static bool mount_memory(const char *dir, const char *options)
{
    return kit_own_mounts() && !mount("none", dir, "tmpfs", 0, options);
}

static int no_space_for_a_file(const char *dir)
{
    if (!mount_memory(dir, "size=32k"))
        return 77;
    FAIL_UNLESS(kit_get(&u, 1) == 0);
    FAIL_UNLESS(kit_set(&u, 1, 5) == -ENOSPC);
    FAIL_UNLESS(kit_get(&u, 1) == 0);
    FAIL_UNLESS(kit_count_names(dir) == 0);
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT, "size=1m"));
    FAIL_UNLESS(kit_set(&u, 1, 5) == 0);
    FAIL_UNLESS(kit_get(&u, 1) == 5);
    return 0;
}

static int no_space_to_grow(const char *dir)
{
    uint64_t count = 0;
    int rc;

    if (!mount_memory(dir, "size=100k"))
        return 77;
    while (!(rc = kit_set(&u, count + 1, (uint32_t)count + 1)) && count < 1000)
        count++;
    FAIL_UNLESS(rc == -ENOSPC);
    FAIL_UNLESS(count >= 20);
    FAIL_UNLESS(kit_count_names(dir) == 1);
    /* What is there can be read and changed, and changed by others. */
    for (uint64_t i = 1; i <= count; i++) {
        FAIL_UNLESS(kit_get(&u, i) == (int)i);
        FAIL_UNLESS(kit_bump(&u, i) == 0);
        FAIL_UNLESS(kit_get_anew(dir, i) == (int)i + 1);
    }
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT, "size=1m"));
    FAIL_UNLESS(kit_set(&u, count + 1, 5) == 0);
    for (uint64_t i = 1; i <= count; i++)
        FAIL_UNLESS(kit_get(&u, i) == (int)i + 1);
    return 0;
}

static int a_read_only_place(const char *dir)
{
    if (!mount_memory(dir, "size=1m"))
        return 77;
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m"));
    FAIL_UNLESS(kit_get(&u, 1) == 0);
    FAIL_UNLESS(kit_set(&u, 1, 5) == -EROFS);
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT, "size=1m"));
    FAIL_UNLESS(kit_set(&u, 1, 5) == 0);
    kit_done(&u);
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m"));
    FAIL_UNLESS(kit_get(&u, 1) == 5);
    FAIL_UNLESS(kit_set(&u, 1, 6) == -EROFS);
    FAIL_UNLESS(kit_set(&u, 2, 6) == -EROFS);
    FAIL_UNLESS(kit_get(&u, 1) == 5);
    /* What was mapped when only reading was possible does not stand in the way. */
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT, "size=1m"));
    kit_later(&u);
    FAIL_UNLESS(kit_set(&u, 1, 7) == 0);
    FAIL_UNLESS(kit_get_anew(dir, 1) == 7);
    return 0;
}

static void limit(int resource, rlim_t to)
{
    struct rlimit limits;

    getrlimit(resource, &limits);
    limits.rlim_cur = to;
    setrlimit(resource, &limits);
}

static bool is_pending(int signal)
{
    sigset_t set;

    sigpending(&set);
    return sigismember(&set, signal);
}

/* SIGXFSZ ends the child, unless it is held back and taken back. */
static int a_file_size_limit(const char *dir)
{
    int rc = 0;
    uint64_t i;

    signal(SIGXFSZ, SIG_DFL);
    limit(RLIMIT_FSIZE, 50000);
    FAIL_UNLESS(kit_get(&u, 1) == 0);
    FAIL_UNLESS(kit_set(&u, 1, 5) == -ENOSPC);
    FAIL_UNLESS(kit_count_names(dir) == 0);
    FAIL_UNLESS(!is_pending(SIGXFSZ));
    limit(RLIMIT_FSIZE, 65536);
    for (i = 1; !rc && i < 1000; i++)
        rc = kit_set(&u, i, 5);
    FAIL_UNLESS(rc == -ENOSPC);
    FAIL_UNLESS(!is_pending(SIGXFSZ));
    /* What is there can be changed, whatever the limit. */
    limit(RLIMIT_FSIZE, 0);
    FAIL_UNLESS(kit_set(&u, 1, 6) == 0);
    FAIL_UNLESS(kit_get_anew(dir, 1) == 6);
    FAIL_UNLESS(kit_get(&u, 2) == 5);
    limit(RLIMIT_FSIZE, RLIM_INFINITY);
    FAIL_UNLESS(kit_set(&u, i, 7) == 0);
    FAIL_UNLESS(kit_get(&u, 1) == 6);
    return 0;
}

static int no_descriptors(const char *dir)
{
    struct kit_user late;

    FAIL_UNLESS(kit_set(&u, 1, 5) == 0);
    kit_begin(&late, dir);
    limit(RLIMIT_NOFILE, 1);
    FAIL_UNLESS(kit_set(&late, 1, 6) == -EMFILE);
    /* What is mapped goes on working, also when it is time to look at the place again. */
    kit_later(&u);
    FAIL_UNLESS(kit_get(&u, 1) == 5);
    FAIL_UNLESS(kit_set(&u, 1, 6) == 0);
    limit(RLIMIT_NOFILE, 64);
    kit_later(&late);
    FAIL_UNLESS(kit_get(&late, 1) == 6);
    return 0;
}

/* The limit is for what the library asks for, not for the stack on which it runs. */
static __attribute__((noinline)) void grow_stack(void)
{
    volatile char deep[256 * 1024];

    for (size_t i = 0; i < sizeof(deep); i += 1024)
        deep[i] = 0;
}

static int no_address_space(const char *dir)
{
    (void)dir;
    grow_stack();
    limit(RLIMIT_AS, 1);
    FAIL_UNLESS(kit_get(&u, 1) == 0);
    FAIL_UNLESS(kit_set(&u, 1, 5) == -ENOMEM);
    limit(RLIMIT_AS, RLIM_INFINITY);
    FAIL_UNLESS(kit_set(&u, 1, 5) == 0);
    return 0;
}

static int a_umask_of_everything(const char *dir)
{
    umask(0777);
    if (!geteuid() && (chown(dir, 65534, (gid_t)-1) || setuid(65534)))
        return 77;
    FAIL_UNLESS(kit_set(&u, 1, 5) == 0);
    FAIL_UNLESS(kit_get_anew(dir, 1) == 5);
    return 0;
}

#define IN_CHILD(test)         \
    START_TEST(test##_)        \
    {                          \
        in_child(test, #test); \
    }                          \
    END_TEST

IN_CHILD(no_space_for_a_file)
IN_CHILD(no_space_to_grow)
IN_CHILD(a_read_only_place)
IN_CHILD(a_file_size_limit)
IN_CHILD(no_descriptors)
IN_CHILD(no_address_space)

START_TEST(a_umask_of_everything_)
{
    /* As a user whom mode bits bind. */
    ck_assert_int_eq(chmod(kit_root, 0755), 0);
    in_child(a_umask_of_everything, "a_umask_of_everything");
}
END_TEST

SUITE("limits of the memory", 60, no_space_for_a_file_, no_space_to_grow_, a_read_only_place_,
      a_file_size_limit_, no_descriptors_, no_address_space_, a_umask_of_everything_)
