/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "list.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
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

/* What an interval more takes: neither the start nor the end counts. argv ends with a free place.
 */
static uint64_t cpu_of_interval(const char *state_dir, char **argv, char **place, unsigned more)
{
    static const unsigned first = 1;
    struct rusage usage[2];
    uint64_t few, many;
    char count[32];

    setenv("XDG_RUNTIME_DIR", state_dir, 1);
    *place = count;
    for (unsigned i = 0; i < 2; i++) {
        snprintf(count, sizeof(count), "--count=%u", first + i * more);
        run(argv, &usage[i]);
    }
    unsetenv("XDG_RUNTIME_DIR");
    few = cpu_ns(&usage[0]);
    many = cpu_ns(&usage[1]);
    return many > few ? (many - few) / more : 0;
}

uint64_t list_watch_cpu(void *arg, unsigned calls)
{
    const struct watch *watch = arg;
    char *argv[] = {(char *)(uintptr_t)watch->program, (char[]){"watch"},
                    (char[]){"--interval=0.1"}, NULL, NULL};

    (void)calls;
    return cpu_of_interval(watch->state_dir, argv, &argv[3], 3);
}

uint64_t list_record_cpu(void *arg, unsigned calls)
{
    const struct record *record = arg;
    char file[256], interval[32];
    char *argv[] = {(char *)(uintptr_t)record->program,
                    (char[]){"record"},
                    file,
                    interval,
                    (char[]){"--force"},
                    (char *)(uintptr_t)record->which,
                    NULL,
                    NULL};

    (void)calls;
    snprintf(file, sizeof(file), "%s/recording", record->state_dir);
    snprintf(interval, sizeof(interval), "--interval=%g", record->seconds);
    return cpu_of_interval(record->state_dir, argv, &argv[6], record->more);
}

uint64_t list_record_interval(void *arg, unsigned calls)
{
    const struct record *record = arg;

    (void)calls;
    return (uint64_t)(record->seconds * 1e9);
}
