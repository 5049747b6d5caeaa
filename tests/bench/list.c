/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "list.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "timing.h"

static uint64_t run(char *const *argv, struct rusage *usage)
{
    uint64_t start = bench_now();
    pid_t pid = fork();
    int status;

    if (pid < 0)
        err(1, "fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(open("/dev/null", O_WRONLY), 1);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (wait4(pid, &status, 0, usage) != pid || status != 0)
        errx(1, "%s %s failed", argv[0], argv[1]);
    return bench_now() - start;
}

static uint64_t run_ss(char *option, struct rusage *usage)
{
    char *argv[] = {(char[]){"ss"}, option, NULL};

    return run(argv, usage);
}

uint64_t list_ss(void *arg, unsigned calls)
{
    struct rusage usage;

    (void)calls;
    return run_ss(arg, &usage);
}

static uint64_t cpu_ns(const struct rusage *usage)
{
    struct timeval sum;

    timeradd(&usage->ru_utime, &usage->ru_stime, &sum);
    return (uint64_t)sum.tv_sec * 1000000000u + (uint64_t)sum.tv_usec * 1000u;
}

uint64_t list_ss_cpu(void *arg, unsigned calls)
{
    struct rusage usage;

    (void)calls;
    run_ss(arg, &usage);
    return cpu_ns(&usage);
}

static uint64_t watch(const struct watch *watch, char *intervals)
{
    char *argv[] = {(char *)(uintptr_t)watch->program, (char[]){"watch"},
                    (char[]){"--interval=0.1"}, intervals, NULL};
    struct rusage usage;

    setenv("XDG_RUNTIME_DIR", watch->state_dir, 1);
    run(argv, &usage);
    unsetenv("XDG_RUNTIME_DIR");
    return cpu_ns(&usage);
}

/* What three intervals more take: its start and its end do not count. */
uint64_t list_watch_cpu(void *arg, unsigned calls)
{
    uint64_t one = watch(arg, (char[]){"--count=1"}), four = watch(arg, (char[]){"--count=4"});

    (void)calls;
    return four > one ? (four - one) / 3 : 0;
}
