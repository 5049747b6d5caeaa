/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run-scenarios [-4] [-6] [-j N] [-t TRIES] [-b diag|collector] [-v] [FILE...]: runs scenarios,
 * each for each family in a process and a network namespace of its own. Without files all of the
 * folder. Exit status: 0, 1 if one failed each time, 77 if none could run.
 */
#include <err.h>
#include <errno.h>
#include <glob.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cover.h"
#include "rig.h"

#define FOLDER "tests/scenarios"
enum { JOBS = 8, JOBS_MAX = 64, TIME_LIMIT_S = 60 };

struct job {
    const char *file;
    int family;
    pid_t pid;
    FILE *output;
    int status;
    unsigned tries;
    uint64_t start_us, took_us;
};

struct run {
    struct job *jobs;
    unsigned count, parallel, tries;
    const char *backend;
    bool verbose;
};

static void child(const struct run *run, const struct job *job)
{
    static struct rig rig;
    static struct script script;

    if (dup2(fileno(job->output), STDOUT_FILENO) < 0 || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
        _exit(EXIT_FAILURE);
    alarm(TIME_LIMIT_S);
    /* Timers of a few milliseconds are at work; where we may, nobody else gets in between. */
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1});
    script_load(&script, job->file);
    rig.script = &script;
    rig.family = job->family;
    rig.backend = run->backend;
    rig_run(&rig);
    printf("%s; %u checks", script.title, rig.stats.checked);
    if (rig.stats.other_backend)
        printf(", %u for another backend", rig.stats.other_backend);
    printf("\n");
    if (rig.stats.too_old)
        printf("SKIP: %s: %u checks need a newer kernel\n", job->file, rig.stats.too_old);
    if (run->verbose)
        printf("%s", rig.trace);
    fflush(stdout);
    _exit(EXIT_SUCCESS);
}

static void start(const struct run *run, struct job *job)
{
    job->output = tmpfile();
    if (!job->output)
        err(1, "tmpfile");
    job->start_us = now_us();
    job->tries++;
    fflush(stdout);
    job->pid = fork();
    if (job->pid < 0)
        err(1, "fork");
    if (job->pid == 0)
        child(run, job);
}

static void reap(struct run *run)
{
    int status;
    pid_t pid = wait(&status);
    unsigned i;

    if (pid < 0)
        err(1, "wait");
    for (i = 0; i < run->count; i++)
        if (run->jobs[i].pid == pid) {
            run->jobs[i].status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            run->jobs[i].took_us = now_us() - run->jobs[i].start_us;
        }
}

static void run_all(struct run *run)
{
    unsigned started = 0, running = 0;

    while (started < run->count || running) {
        while (started < run->count && running < run->parallel) {
            start(run, &run->jobs[started++]);
            running++;
        }
        reap(run);
        running--;
    }
}

/* Once more what failed, and no longer all at once. */
static void try_again(struct run *run)
{
    unsigned i;

    for (i = 0; i < run->count; i++)
        while (run->jobs[i].status && run->jobs[i].status != EXIT_SKIP &&
               run->jobs[i].tries < run->tries) {
            fclose(run->jobs[i].output);
            start(run, &run->jobs[i]);
            reap(run);
        }
}

static void print_output(FILE *output, const char *indent)
{
    char line[512];
    bool begun = true;

    rewind(output);
    while (fgets(line, sizeof(line), output)) {
        printf("%s%s", begun && strncmp(line, "SKIP: ", 6) != 0 ? indent : "", line);
        begun = strchr(line, '\n');
    }
}

/* One line for each, the output where it matters. */
static int report(const struct run *run, unsigned uncovered)
{
    unsigned passed = 0, failed = uncovered, skipped = 0, i;

    for (i = 0; i < run->count; i++) {
        const struct job *job = &run->jobs[i];
        const char *base = strrchr(job->file, '/');
        const char *verdict = "ok";

        base = base ? base + 1 : job->file;
        if (job->status == 0) {
            passed++;
        } else if (job->status == EXIT_SKIP) {
            skipped++;
            verdict = "SKIP:";
        } else {
            failed++;
            verdict = "not ok";
        }
        printf("%s %.*s v%d (%u.%02u s)\n", verdict, (int)strcspn(base, "."), base, job->family,
               (unsigned)(job->took_us / 1000000), (unsigned)(job->took_us / 10000 % 100));
        if (job->tries > 1)
            printf("    tried %u times\n", job->tries);
        if (job->status > 128)
            printf("    ended by signal %d\n", job->status - 128);
        print_output(job->output, "    ");
        fclose(job->output);
    }
    printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    if (failed)
        return EXIT_FAILURE;
    return passed ? EXIT_SUCCESS : EXIT_SKIP;
}

static void add_files(struct run *run, char *const *files, size_t n, const bool families[static 2])
{
    size_t i, k;

    run->jobs = calloc(2 * n + 1, sizeof(*run->jobs));
    if (!run->jobs)
        err(1, "scenarios");
    for (i = 0; i < n; i++)
        for (k = 0; k < 2; k++)
            if (families[k])
                run->jobs[run->count++] = (struct job){.file = files[i], .family = k ? 6 : 4};
}

int main(int argc, char **argv)
{
    struct run run = {.parallel = JOBS, .tries = 1, .backend = "diag"};
    bool families[2] = {false, false};
    glob_t found = {0};
    unsigned uncovered = 0;
    int c, status;

    while ((c = getopt(argc, argv, "46j:t:b:v")) != -1) {
        switch (c) {
        case '4':
        case '6':
            families[c == '6'] = true;
            break;
        case 'j':
            run.parallel = (unsigned)atoi(optarg);
            break;
        case 't':
            run.tries = (unsigned)atoi(optarg);
            break;
        case 'b':
            run.backend = optarg;
            break;
        case 'v':
            run.verbose = true;
            break;
        default:
            errx(2, "usage: run-scenarios [-46v] [-j N] [-t TRIES] [-b diag|collector] [FILE...]");
        }
    }
    if (run.parallel < 1 || run.parallel > JOBS_MAX)
        errx(2, "-j: 1 to %d", JOBS_MAX);
    if (!families[0] && !families[1])
        families[0] = families[1] = true;
    if (optind == argc && glob(FOLDER "/*.scn", 0, NULL, &found) != 0)
        errx(2, "no scenarios in " FOLDER);
    if (optind == argc) {
        uncovered = cover_report(found.gl_pathv, found.gl_pathc);
        add_files(&run, found.gl_pathv, found.gl_pathc, families);
    } else {
        add_files(&run, argv + optind, (size_t)(argc - optind), families);
    }
    run_all(&run);
    try_again(&run);
    status = report(&run, uncovered);
    free(run.jobs);
    globfree(&found);
    return status;
}
