/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* With a collector: a Get that makes no system call, and polling very many connections. */
#include "asking.h"
#include "conns.h"
#include "list.h"
#include "measure.h"
#include "table.h"
#include "windows.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 101, CALLS = 500, POLLED = 5000, POLL_ROUNDS = 9, PATIENCE_MS = 5000 };

static const double goal_host = 0.1, goal_dll = 0.15;

static const enum tcpestats_class polled[] = {TCPESTATS_DATA, TCPESTATS_SND_CONG, TCPESTATS_PATH,
                                              TCPESTATS_REC};
enum { CLASSES = sizeof(polled) / sizeof(polled[0]) };

static pid_t collector;

static void run_collector(const char *program, const char *socket)
{
    char option[160];
    int null = open("/dev/null", O_RDWR);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(option, sizeof(option), "--socket=%s", socket);
    dup2(null, 1);
    dup2(null, 2);
    execl(program, program, option, "--records=8192", "--quota=8192", NULL);
    _exit(127);
}

static bool is_present(const char *dir)
{
    struct tcpestats_collector status = {.size = sizeof(status)};
    struct tcpestats *handle = asking_open(dir, 0);
    bool present = !tcpestats_collector(handle, &status) &&
                   status.state == TCPESTATS_COLLECTOR_PRESENT;

    tcpestats_close(handle);
    return present;
}

static void stop(void)
{
    kill(collector, SIGTERM);
    waitpid(collector, NULL, 0);
    setenv("TCPESTATS_COLLECTOR", "", 1);
}

/* Handles that are opened from now on find it. */
static bool start(const char *dir, const char *program)
{
    char socket[128];

    snprintf(socket, sizeof(socket), "%s/collector", dir);
    collector = fork();
    if (collector < 0)
        err(1, "fork");
    if (collector == 0)
        run_collector(program, socket);
    setenv("TCPESTATS_COLLECTOR", socket, 1);
    for (int ms = 0; ms < PATIENCE_MS; ms += 50) {
        if (is_present(dir))
            return true;
        usleep(50000);
    }
    stop();
    return false;
}

static void rows(struct condition *c, unsigned count, double goal)
{
    table_row(c[0].name, bench_spread(c[0].ns, ROUNDS).median, NULL, NULL, 0);
    for (unsigned i = 1; i < count; i++) {
        struct spread ratio = bench_ratio(&c[i], &c[0], ROUNDS);

        table_row(c[i].name, bench_spread(c[i].ns, ROUNDS).median, &ratio, NULL, goal);
    }
}

static void get(const char *dir, const struct ports *ports)
{
    struct raw raw;
    struct tcpestats *handle = asking_open(dir, 0);
    struct asking ask_raw = {.raw = &raw, .ports = ports, .count = 1};
    struct asking ask = {.handle = handle, .cls = TCPESTATS_PATH, .ports = ports, .count = 1};
    struct condition c[] = {
        {.name = "raw netlink look-up", .run = asking_raw, .arg = &ask_raw, .calls = CALLS},
        {.name = "tcpestats_get", .run = asking_get, .arg = &ask, .calls = CALLS},
    };

    raw_open(&raw);
    asking_switch(handle, *ports, TCPESTATS_PATH, TCPESTATS_ON);
    bench_rounds(c, 2, ROUNDS);
    table_heading("Get, Path, busy connection, with the collector");
    rows(c, 2, goal_host);
    raw_close(&raw);
    tcpestats_close(handle);
}

static void get_windows(const struct ports *ports, const struct command *command)
{
    struct windows windows;
    struct windows_request request = {&windows, "get"};
    struct raw raw;
    struct asking ask_raw = {.raw = &raw, .ports = ports, .count = 1};
    struct condition c[] = {
        {.name = "raw netlink look-up", .run = asking_raw, .arg = &ask_raw, .calls = CALLS},
        {.name = "GetPerTcpConnectionEStats", .run = windows_run, .arg = &request, .calls = CALLS},
    };

    raw_open(&raw);
    windows_start(&windows, command->argv, *ports);
    bench_rounds(c, 2, ROUNDS);
    table_heading("Get, Path, busy connection, with the collector, %s", command->label);
    rows(c, 2, goal_dll);
    windows_end(&windows);
    raw_close(&raw);
}

struct polling {
    struct tcpestats *handle;
    const struct conns *conns;
};

static uint64_t poll_get(void *arg, unsigned calls)
{
    struct polling *p = arg;
    struct tcpestats_sample sample = {.size = sizeof(sample)};
    uint64_t start_ns = bench_now();

    (void)calls;
    for (unsigned i = 0; i < p->conns->count; i++) {
        struct tcpestats_conn conn = asking_conn(p->conns->ports[i]);

        for (unsigned k = 0; k < CLASSES; k++)
            if (tcpestats_get(p->handle, &conn, polled[k], &sample) != 0)
                errx(1, "tcpestats_get failed");
    }
    return bench_now() - start_ns;
}

static void poll_rows(const char *what, struct condition *c)
{
    struct spread to_ss;

    bench_rounds(c, 2, POLL_ROUNDS);
    to_ss = bench_ratio(&c[0], &c[1], POLL_ROUNDS);
    table_row(what, bench_spread(c[0].ns, POLL_ROUNDS).median, &to_ss, "ss -tin", 0);
    table_row("ss -tin (both ends of all)", bench_spread(c[1].ns, POLL_ROUNDS).median, NULL, NULL,
              0);
}

static void poll_host(const char *dir, const struct conns *conns)
{
    struct polling p = {asking_open(dir, 0), conns};
    struct condition c[] = {{"", poll_get, &p, 1, {0}}, {"", list_ss, NULL, 1, {0}}};

    for (unsigned i = 0; i < conns->count; i++)
        for (unsigned k = 0; k < CLASSES; k++)
            asking_switch(p.handle, conns->ports[i], polled[k], TCPESTATS_ON);
    table_heading("Polling all with the collector: %d idle connections, %d classes each", POLLED,
                  (int)CLASSES);
    poll_rows("tcpestats_get, each class of each", c);
    tcpestats_close(p.handle);
}

static void poll_windows(const struct conns *conns, const struct command *command)
{
    struct windows windows;
    struct windows_request enable = {&windows, "ena"}, request = {&windows, "pol"};
    struct condition c[] = {{"", windows_run, &request, 1, {0}}, {"", list_ss, NULL, 1, {0}}};

    windows_start(&windows, command->argv, conns->ports[0]);
    for (unsigned i = 0; i < conns->count; i++)
        fprintf(windows.to, "add %u %u\n", htons(conns->ports[i].local),
                htons(conns->ports[i].remote));
    windows_run(&enable, 1);
    table_heading("Polling all with the collector, %s", command->label);
    poll_rows("GetPerTcpConnectionEStats, each class of each", c);
    windows_end(&windows);
}

void measure_collector(const char *dir, const char *program, const struct command *commands,
                       unsigned count)
{
    struct conns busy, idle;

    if (!start(dir, program)) {
        table_heading("With the collector");
        table_note("SKIP: %s does not run here", program);
        return;
    }
    conns_open_busy(&busy);
    get(dir, busy.ports);
    for (unsigned i = 0; i < count; i++)
        get_windows(busy.ports, &commands[i]);
    conns_close(&busy);
    conns_open(&idle, POLLED);
    poll_host(dir, &idle);
    if (count)
        poll_windows(&idle, &commands[0]);
    conns_close(&idle);
    stop();
}
