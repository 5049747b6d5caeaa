/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Get and Set by a Windows program through iphlpapi.dll; the program times itself, we pace it. */
#include "asking.h"
#include "conns.h"
#include "measure.h"
#include "table.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 101, CALLS = 500, SET_CALLS = 50, ARGS_MAX = 32 };

static const double goal_dll = 1.4;
/* Set asks whether the program's user is an administrator, which the library does not. */
static const double goal_admin_us = 50;

struct windows {
    FILE *to, *from;
    pid_t pid;
};

struct request {
    struct windows *windows;
    const char *verb;
};

static void start(struct windows *w, char *const *argv, struct ports ports)
{
    char address[16], local[8], remote[8];
    char *args[ARGS_MAX + 5];
    int to[2], from[2];
    unsigned n = 0;

    /* As the members of a MIB_TCPROW stand in memory. */
    snprintf(address, sizeof(address), "%u", htonl(INADDR_LOOPBACK));
    snprintf(local, sizeof(local), "%u", htons(ports.local));
    snprintf(remote, sizeof(remote), "%u", htons(ports.remote));
    while (argv[n] && n < ARGS_MAX) {
        args[n] = argv[n];
        n++;
    }
    args[n++] = address;
    args[n++] = local;
    args[n++] = address;
    args[n++] = remote;
    args[n] = NULL;
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        err(1, "pipe");
    w->pid = fork();
    if (w->pid < 0)
        err(1, "fork");
    if (w->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(to[0], 0);
        dup2(from[1], 1);
        execvp(args[0], args);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    w->to = fdopen(to[1], "w");
    w->from = fdopen(from[0], "r");
    if (!w->to || !w->from)
        err(1, "fdopen");
}

static void answer(struct windows *w, char *line, size_t size)
{
    if (!fgets(line, (int)size, w->from))
        errx(1, "the Windows program ended early");
    line[strcspn(line, "\r\n")] = 0;
    if (strncmp(line, "error", 5) == 0)
        errx(1, "the Windows program says: %s", line);
}

static uint64_t run_windows(void *arg, unsigned calls)
{
    const struct request *request = arg;
    struct windows *w = request->windows;
    char line[128];

    fprintf(w->to, "%s %u\n", request->verb, calls);
    fflush(w->to);
    answer(w, line, sizeof(line));
    return strtoull(line, NULL, 10);
}

/* The program warms itself up after waiting for us; so does the yardstick. */
static uint64_t run_raw(void *arg, unsigned calls)
{
    asking_raw(arg, calls / 8);
    return asking_raw(arg, calls);
}

static uint64_t run_set_on(void *arg, unsigned calls)
{
    asking_set_on(arg, calls / 8);
    return asking_set_on(arg, calls);
}

static void get(struct windows *windows, const char *label, struct asking *asking)
{
    struct request request = {windows, "get"};
    struct raw raw;
    struct condition c[] = {
        {.name = "raw netlink look-up", .run = run_raw, .arg = asking, .calls = CALLS},
        {.name = "GetPerTcpConnectionEStats", .run = run_windows, .arg = &request, .calls = CALLS},
    };
    struct spread ratio;

    asking->raw = &raw;
    raw_open(&raw);
    bench_rounds(c, 2, ROUNDS);
    ratio = bench_ratio(&c[1], &c[0], ROUNDS);
    table_heading("Get, Path, idle connection, %s", label);
    table_row(c[0].name, bench_spread(c[0].ns, ROUNDS).median, NULL, NULL, 0);
    table_row(c[1].name, bench_spread(c[1].ns, ROUNDS).median, &ratio, NULL, goal_dll);
    raw_close(&raw);
}

static void set(struct windows *windows, const char *label, struct asking *asking)
{
    struct request request = {windows, "set"};
    struct condition c[] = {
        {.name = "tcpestats_set", .run = run_set_on, .arg = asking, .calls = SET_CALLS},
        {.name = "SetPerTcpConnectionEStats",
         .run = run_windows,
         .arg = &request,
         .calls = SET_CALLS},
    };
    struct spread ratio, added;

    bench_rounds(c, 2, ROUNDS);
    ratio = bench_ratio(&c[1], &c[0], ROUNDS);
    added = bench_added(&c[1], &c[0], ROUNDS);
    table_heading("Set, Path, on already, %s", label);
    table_row(c[0].name, bench_spread(c[0].ns, ROUNDS).median, NULL, NULL, 0);
    table_row(c[1].name, bench_spread(c[1].ns, ROUNDS).median, &ratio, NULL, 0);
    table_added("added by the DLL and its question for admins", &added, goal_admin_us);
}

void measure_windows(const char *dir, const char *label, char *const *argv)
{
    struct windows windows;
    struct conns conns;
    struct asking asking = {.handle = asking_open(dir, 0), .cls = TCPESTATS_PATH, .count = 1};
    char line[128];

    conns_open(&conns, 1);
    asking.ports = conns.ports;
    start(&windows, argv, *conns.ports);
    answer(&windows, line, sizeof(line));
    get(&windows, label, &asking);
    set(&windows, label, &asking);
    fclose(windows.to);
    fclose(windows.from);
    waitpid(windows.pid, NULL, 0);
    tcpestats_close(asking.handle);
    conns_close(&conns);
}
