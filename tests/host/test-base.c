/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all else stands on: the clock in a time namespace, and the guard. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "memory-kit.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define AHEAD 100000 /* seconds */

/* What a child in a time namespace of its own reads; it exits with 77 where it may not have one. */
static int look_from_another_namespace(uint64_t *now)
{
    int fd, good;
    pid_t pid;

    /* As a program that has used the library before it makes the namespace. */
    te_clock_init();
    if (unshare(CLONE_NEWTIME))
        return 77;
    fd = open("/proc/self/timens_offsets", O_WRONLY);
    good = fd >= 0 && dprintf(fd, "monotonic %d 500000000\n", AHEAD) > 0;
    close(fd);
    /* Not in it itself; only its children are. */
    te_clock_init();
    if (!good || te_clock_offset())
        return 1;
    pid = fork();
    if (!pid) {
        te_clock_init();
        now[0] = te_now();
        now[1] = te_now_coarse();
        _exit(te_clock_offset() != AHEAD * INT64_C(1000000000) + 500000000);
    }
    return kit_wait(pid);
}

START_TEST(the_clock_is_the_same_in_all_time_namespaces)
{
    uint64_t *now = kit_shared(2 * sizeof(*now)), before = te_now();
    pid_t pid = suite_fork();
    int status;

    if (!pid)
        _exit(look_from_another_namespace(now));
    status = kit_wait(pid);
    if (status == 77) {
        printf("SKIP: time namespaces: not permitted, or not known to this kernel\n");
        return;
    }
    ck_assert_int_eq(status, 0);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_ge(now[i] + TE_SECOND_NS / 10, before);
        ck_assert_uint_le(now[i], te_now());
    }
    munmap(now, 2 * sizeof(*now));
}
END_TEST

static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};

static bool is_fault(int number)
{
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        if (faults[i] == number)
            return true;
    return false;
}

START_TEST(the_guard_holds_back_all_signals_but_those_of_the_threads_own_faults)
{
    struct te_guard outer, inner;
    sigset_t before, mask;
    int state;

    sigemptyset(&before);
    sigaddset(&before, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    te_guard_enter(&outer);
    te_guard_enter(&inner);
    te_guard_leave(&inner);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int i = 1; i < 32; i++)
        if (i != SIGKILL && i != SIGSTOP)
            ck_assert_msg(sigismember(&mask, i) == !is_fault(i), "signal %d", i);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    ck_assert_int_eq(state, PTHREAD_CANCEL_DISABLE);
    te_guard_leave(&outer);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int i = 1; i < 32; i++)
        ck_assert_int_eq(sigismember(&mask, i), i == SIGUSR2);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    ck_assert_int_eq(state, PTHREAD_CANCEL_ENABLE);
}
END_TEST

/* --- a sandbox whose handler answers for the calls that it does not allow --- */

/* Where a signal's context has the result of the system call that was trapped. */
#if defined(__x86_64__)
#define TRAPPED_RESULT(context) (context)->uc_mcontext.gregs[REG_RAX]
#elif defined(__i386__)
#define TRAPPED_RESULT(context) (context)->uc_mcontext.gregs[REG_EAX]
#elif defined(__aarch64__)
#define TRAPPED_RESULT(context) (context)->uc_mcontext.regs[0]
#endif

#ifdef TRAPPED_RESULT
static volatile int traps;

static void refuse(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    traps++;
    TRAPPED_RESULT((ucontext_t *)context) = -EACCES;
}

static int use_in_sandbox(struct kit_user *u)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {4, code};
    struct sigaction action = {.sa_sigaction = refuse, .sa_flags = SA_SIGINFO};

    sigaction(SIGSYS, &action, NULL);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        return 77;
    return kit_get(u, 1) == 0 && kit_set(u, 1, 5) == -EACCES && traps ? 0 : 1;
}
#endif

START_TEST(a_sandbox_that_traps_is_not_ended_by_it)
{
#ifdef TRAPPED_RESULT
    struct kit_user u;
    pid_t pid;
    int status;

    if (getenv("SLOW_TOOL")) {
        printf("SKIP: a sandbox that traps: valgrind makes system calls of its own\n");
        return;
    }
    kit_begin(&u, kit_fresh());
    pid = suite_fork();
    if (!pid)
        _exit(use_in_sandbox(&u));
    status = kit_wait(pid);
    if (status == 77)
        printf("SKIP: a sandbox that traps: no seccomp filters\n");
    else
        ck_assert_int_eq(status, 0);
#else
    printf("SKIP: a sandbox that traps: not known on this processor\n");
#endif
}
END_TEST

SUITE("base", 30, the_clock_is_the_same_in_all_time_namespaces,
      the_guard_holds_back_all_signals_but_those_of_the_threads_own_faults,
      a_sandbox_that_traps_is_not_ended_by_it)
