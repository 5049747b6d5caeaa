/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Get and Set by a Windows program through iphlpapi.dll; the program times itself, we pace it. */
#include "asking.h"
#include "conns.h"
#include "measure.h"
#include "table.h"
#include "windows.h"

enum { ROUNDS = 101, CALLS = 500, SET_CALLS = 50 };

static const double goal_dll = 1.4;
/* Set asks whether the program's user is an administrator, which the library does not. */
static const double goal_admin_us = 50;

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
    struct windows_request request = {windows, "get"};
    struct raw raw;
    struct condition c[] = {
        {.name = "raw netlink look-up", .run = run_raw, .arg = asking, .calls = CALLS},
        {.name = "GetPerTcpConnectionEStats", .run = windows_run, .arg = &request, .calls = CALLS},
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
    struct windows_request request = {windows, "set"};
    struct condition c[] = {
        {.name = "tcpestats_set", .run = run_set_on, .arg = asking, .calls = SET_CALLS},
        {.name = "SetPerTcpConnectionEStats",
         .run = windows_run,
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

void measure_windows(const char *dir, const struct command *command)
{
    struct windows windows;
    struct conns conns;
    struct asking asking = {.handle = asking_open(dir, 0), .cls = TCPESTATS_PATH, .count = 1};

    conns_open(&conns, 1);
    asking.ports = conns.ports;
    windows_start(&windows, command->argv, *conns.ports);
    get(&windows, command->label, &asking);
    set(&windows, command->label, &asking);
    windows_end(&windows);
    tcpestats_close(asking.handle);
    conns_close(&conns);
}
