/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shared state where the system refuses: no space, no rights, no descriptors, no safe place. */
#include <sys/resource.h>

#include "state-kit.h"

static struct te_state st;

/* A test in a process of its own, which may mount and limit itself. 77: not permitted. */
static void in_child(int (*test)(const char *dir), const char *what)
{
    const char *dir = kit_fresh();
    pid_t pid = kit_fork();
    int status;

    if (!pid) {
        st = (struct te_state)TE_STATE_INIT;
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
    FAIL_UNLESS(kit_get(&st, dir, 1) == 0);
    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == -ENOSPC);
    FAIL_UNLESS(kit_get(&st, dir, 1) == 0);
    FAIL_UNLESS(kit_count_names(dir) == 0);
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT, "size=1m"));
    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == 0);
    FAIL_UNLESS(kit_get(&st, dir, 1) == 5);
    return 0;
}

static int no_space_to_grow(const char *dir)
{
    uint64_t count = 0;
    int rc;

    if (!mount_memory(dir, "size=80k"))
        return 77;
    while (!(rc = kit_set(&st, dir, count + 1, (uint32_t)count + 1)) && count < 1000)
        count++;
    FAIL_UNLESS(rc == -ENOSPC);
    FAIL_UNLESS(count >= 20);
    FAIL_UNLESS(kit_count_names(dir) == 1);
    /* What is there can be read and changed, and changed by others. */
    for (uint64_t i = 1; i <= count; i++) {
        FAIL_UNLESS(kit_get(&st, dir, i) == (int)i);
        FAIL_UNLESS(kit_bump(&st, dir, i) == 0);
        FAIL_UNLESS(kit_get_anew(dir, i) == (int)i + 1);
    }
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT, "size=1m"));
    FAIL_UNLESS(kit_set(&st, dir, count + 1, 5) == 0);
    for (uint64_t i = 1; i <= count; i++)
        FAIL_UNLESS(kit_get(&st, dir, i) == (int)i + 1);
    return 0;
}

static int a_read_only_place(const char *dir)
{
    struct te_state fresh = TE_STATE_INIT;

    if (!mount_memory(dir, "size=1m"))
        return 77;
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m"));
    FAIL_UNLESS(kit_get(&st, dir, 1) == 0);
    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == -EROFS);
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT, "size=1m"));
    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == 0);
    te_state_close(&st);
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m"));
    FAIL_UNLESS(kit_get(&st, dir, 1) == 5);
    FAIL_UNLESS(kit_set(&st, dir, 1, 6) == -EROFS);
    FAIL_UNLESS(kit_set(&fresh, dir, 2, 6) == -EROFS);
    FAIL_UNLESS(kit_get(&st, dir, 1) == 5);
    /* A descriptor from the time when only reading was possible does not stand in the way. */
    FAIL_UNLESS(!mount("none", dir, "tmpfs", MS_REMOUNT, "size=1m"));
    FAIL_UNLESS(kit_set(&st, dir, 1, 7) == 0);
    FAIL_UNLESS(kit_get(&fresh, dir, 1) == 7);
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
    struct te_ident ident = kit_ident(1);
    off_t at;

    signal(SIGXFSZ, SIG_DFL);
    limit(RLIMIT_FSIZE, 65535);
    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == -ENOSPC);
    FAIL_UNLESS(kit_count_names(dir) == 0);
    limit(RLIMIT_FSIZE, RLIM_INFINITY);
    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == 0);
    at = (off_t)te_page_offset(te_home(&ident, st.pages));
    for (off_t end = 0; end < (off_t)sizeof(struct te_record); end += 17) {
        limit(RLIMIT_FSIZE, (rlim_t)(at + end));
        FAIL_UNLESS(kit_set(&st, dir, 1, 6) == -ENOSPC);
        FAIL_UNLESS(kit_get(&st, dir, 1) == 5);
        FAIL_UNLESS(!is_pending(SIGXFSZ));
    }
    limit(RLIMIT_FSIZE, 0);
    FAIL_UNLESS(kit_set(&st, dir, 1, 6) == -ENOSPC);
    FAIL_UNLESS(kit_set(&st, dir, 2, 6) == -ENOSPC);
    limit(RLIMIT_FSIZE, RLIM_INFINITY);
    FAIL_UNLESS(kit_set(&st, dir, 1, 6) == 0);
    FAIL_UNLESS(kit_get(&st, dir, 1) == 6);
    return 0;
}

static int no_descriptors(const char *dir)
{
    struct te_state late = TE_STATE_INIT;

    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == 0);
    limit(RLIMIT_NOFILE, 1);
    FAIL_UNLESS(kit_get(&late, dir, 1) == -EMFILE);
    FAIL_UNLESS(kit_set(&late, dir, 1, 6) == -EMFILE);
    /* An open file goes on working, also when it is time to look at the path again. */
    usleep(1100000);
    FAIL_UNLESS(kit_get(&st, dir, 1) == 5);
    FAIL_UNLESS(kit_set(&st, dir, 1, 6) == 0);
    limit(RLIMIT_NOFILE, 64);
    FAIL_UNLESS(kit_get(&late, dir, 1) == 6);
    return 0;
}

/* The limit is for what the library asks for, not for the stack on which it runs. */
static __attribute__((noinline)) void grow_stack(void)
{
    volatile char deep[256 * 1024];

    for (size_t i = 0; i < sizeof(deep); i += 1024)
        deep[i] = 0;
}

static int no_memory(const char *dir)
{
    grow_stack();
    limit(RLIMIT_AS, 1);
    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == -ENOMEM);
    limit(RLIMIT_AS, RLIM_INFINITY);
    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == 0);
    return 0;
}

static int a_umask_of_everything(const char *dir)
{
    umask(0777);
    if (!geteuid() && (chown(dir, 65534, (gid_t)-1) || setuid(65534)))
        return 77;
    FAIL_UNLESS(kit_set(&st, dir, 1, 5) == 0);
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
IN_CHILD(no_memory)

START_TEST(a_umask_of_everything_)
{
    /* As a user whom mode bits bind. */
    ck_assert_int_eq(chmod(kit_root, 0755), 0);
    in_child(a_umask_of_everything, "a_umask_of_everything");
}
END_TEST

SUITE("limits of the state", 60, no_space_for_a_file_, no_space_to_grow_, a_read_only_place_,
      a_file_size_limit_, no_descriptors_, no_memory_, a_umask_of_everything_)
