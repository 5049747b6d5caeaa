/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "list.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "timing.h"

static pid_t start(char *const *argv, const char *state_dir)
{
    pid_t pid = fork();
    int null;

    if (pid < 0)
        err(1, "fork");
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    null = open("/dev/null", O_RDWR);
    dup2(null, 1);
    if (state_dir) {
        setenv("XDG_RUNTIME_DIR", state_dir, 1);
        dup2(null, 2);
    }
    execvp(argv[0], argv);
    _exit(127);
}

static uint64_t run_ss(const char *option, struct rusage *usage)
{
    char *argv[] = {(char[]){"ss"}, (char *)(uintptr_t)option, NULL};
    uint64_t start_ns = bench_now();
    int status;
    pid_t pid = start(argv, NULL);

    if (wait4(pid, &status, 0, usage) != pid || status != 0)
        errx(1, "ss %s failed", option);
    return bench_now() - start_ns;
}

uint64_t list_ss(void *arg, unsigned calls)
{
    struct rusage usage;

    (void)calls;
    return run_ss(arg, &usage);
}

static uint64_t ns_of(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000u;
}

uint64_t list_ss_cpu(void *arg, unsigned calls)
{
    struct rusage usage;

    (void)calls;
    run_ss(arg, &usage);
    return ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
}

pid_t list_watch_start(const char *program, const char *state_dir)
{
    char *argv[] = {(char *)(uintptr_t)program, (char[]){"watch"}, (char[]){"--interval=1"}, NULL};

    return start(argv, state_dir);
}

void list_watch_end(pid_t pid)
{
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

static uint64_t cpu_of(pid_t pid)
{
    struct timespec t;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        errx(1, "tcpestats watch has ended");
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Any second holds one interval's work: what it misses of one is there of the next. */
uint64_t list_watch_interval(void *arg, unsigned calls)
{
    const pid_t *pid = arg;
    uint64_t before = cpu_of(*pid);

    (void)calls;
    sleep(1);
    return cpu_of(*pid) - before;
}
