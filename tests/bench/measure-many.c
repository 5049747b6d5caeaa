/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Very many connections: polling those that are on, looking at all there are, and the memory. */
#include "asking.h"
#include "list.h"
#include "measure.h"
#include "table.h"
#include "windows.h"

#include <arpa/inet.h>
#include <err.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

/* Of each connection on loopback both ends are there: 10,000 and 20,000. */
enum {
    POLLED = 5000,
    WATCHED = 10000,
    FEW = 1000,
    ROUNDS = 15,
    WATCH_ROUNDS = 9,
    RECORD_ROUNDS = 7
};

static char tin[] = "-tin", tino[] = "-tinO";

static void open_both_ends_on(const struct setup *setup, struct conns *conns, uint32_t classes)
{
    struct tcpestats *handle = asking_open(setup->dir);

    for (unsigned i = 0; i < conns->count; i++) {
        const struct ports there = conns->ports[i];

        asking_switch_on(handle, there, classes);
        asking_switch_on(handle, (struct ports){there.remote, there.local}, classes);
    }
    tcpestats_close(handle);
}

/* ---- Polling ---- */

static uint64_t poll_once(void *arg, unsigned calls)
{
    const struct asking *asking = arg;

    (void)calls;
    return asking_take(arg, asking->count);
}

static void compare_polling(const char *what, uint64_t (*run)(void *, unsigned), void *arg)
{
    struct condition c[] = {{.run = run, .arg = arg, .calls = 1},
                            {.name = "ss -tin", .run = list_ss, .arg = tin, .calls = 1}};

    bench_rounds(c, 2, ROUNDS);
    table_row(what, &c[0], &c[1], ROUNDS, 0.6);
}

static void poll_host(const struct setup *setup, const char *what, const struct conns *conns)
{
    struct asking asking = {.handle = asking_open(setup->dir),
                            .classes = ASKING_POLLED,
                            .snapshot = asking_snapshot(),
                            .ports = conns->ports,
                            .count = conns->count};

    for (unsigned i = 0; i < conns->count; i++)
        asking_switch_on(asking.handle, conns->ports[i], ASKING_POLLED);
    compare_polling(what, poll_once, &asking);
    tcpestats_snapshot_free(asking.snapshot);
    tcpestats_close(asking.handle);
}

static void poll_windows(const struct command *command, const char *what, const struct conns *conns)
{
    struct windows windows;
    struct windows_request enable = {&windows, "ena"}, request = {&windows, "pol"};

    windows_start(&windows, command->argv, conns->ports[0]);
    for (unsigned i = 0; i < conns->count; i++)
        fprintf(windows.to, "add %u %u\n", htons(conns->ports[i].local),
                htons(conns->ports[i].remote));
    windows_run(&enable, 1);
    compare_polling(what, windows_run, &request);
    windows_end(&windows);
}

void measure_polling(const struct setup *setup, const char *what)
{
    struct conns conns;
    char row[64];

    conns_open(&conns, POLLED);
    poll_host(setup, what, &conns);
    for (unsigned i = 0; i < setup->count; i++) {
        snprintf(row, sizeof(row), "%s, %s", what, setup->commands[i].label);
        poll_windows(&setup->commands[i], row, &conns);
    }
    conns_close(&conns);
}

/* ---- All there are ---- */

static void sweep(const struct setup *setup, const char *what, uint32_t classes, unsigned count,
                  double goal)
{
    struct asking asking = {.handle = asking_open(setup->dir), .classes = classes, .count = count};
    struct condition c[] = {{.run = asking_sweep, .arg = &asking, .calls = 1},
                            {.name = "ss -tinO", .run = list_ss, .arg = tino, .calls = 1}};

    bench_rounds(c, 2, ROUNDS);
    table_row(what, &c[0], &c[1], ROUNDS, goal);
    tcpestats_close(asking.handle);
}

static void watch(const struct setup *setup)
{
    struct watch watch = {setup->tool, setup->dir};
    struct condition c[] = {{.run = list_watch_cpu, .arg = &watch, .calls = 1},
                            {.name = "one ss -tinO", .run = list_ss_cpu, .arg = tino, .calls = 1}};

    bench_rounds(c, 2, WATCH_ROUNDS);
    table_row("watch, one interval, 20,000 (processor time)", &c[0], &c[1], WATCH_ROUNDS, 1);
}

void measure_all(const struct setup *setup)
{
    struct conns conns;

    conns_open(&conns, POLLED);
    open_both_ends_on(setup, &conns, TCPESTATS_CLASSES_ALL);
    sweep(setup, "a sweep of 10,000, class Path", 1u << TCPESTATS_PATH, 2 * POLLED, 0.2);
    sweep(setup, "a sweep of 10,000, all classes", TCPESTATS_CLASSES_ALL, 2 * POLLED, 0.35);
    conns_close(&conns);
    conns_open(&conns, WATCHED);
    open_both_ends_on(setup, &conns, TCPESTATS_CLASSES_ALL);
    watch(setup);
    conns_close(&conns);
}

/* ---- Recording ---- */

static void record(const struct setup *setup, const char *what, const char *which, double seconds,
                   unsigned more, double goal)
{
    struct record record = {setup->tool, setup->dir, which, seconds, more};
    struct condition c[] = {
        {.run = list_record_cpu, .arg = &record, .calls = 1},
        {.name = "a core in that time", .run = list_record_interval, .arg = &record, .calls = 1},
        {.name = "one ss -tinO", .run = list_ss_cpu, .arg = tino, .calls = 1}};

    bench_rounds(c, 3, RECORD_ROUNDS);
    table_row(what, &c[0], &c[1], RECORD_ROUNDS, goal);
    table_row("  the same", &c[0], &c[2], RECORD_ROUNDS, 0);
}

void measure_recording(const struct setup *setup)
{
    struct conns conns;
    char one[64];

    conns_open_chattering(&conns, FEW / 2);
    record(setup, "record at 10 Hz, 1,000 connections, 100 busy", "addr:127.0.0.1", 0.1, 20, 0.1);
    conns_close(&conns);
    conns_open_busy(&conns);
    snprintf(one, sizeof(one), "lport:%u", conns.ports[0].local);
    record(setup, "record at 100 Hz, one busy connection", one, 0.01, 200, 0.02);
    conns_close(&conns);
}

/* ---- Memory ---- */

/* What is allocated, and all else that is mapped and not shared, touched or only reserved. */
static double private_bytes(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long first, end;
    double bytes = (double)mallinfo2().uordblks;
    char flags[5], rest[128];

    if (!maps)
        err(1, "/proc/self/maps");
    while (fscanf(maps, "%lx-%lx %4s%127[^\n]", &first, &end, flags, rest) == 4)
        if (flags[3] == 'p' && !strstr(rest, "[heap]"))
            bytes += (double)(end - first);
    fclose(maps);
    return bytes;
}

void measure_memory(const struct setup *setup)
{
    struct asking asking = {.classes = TCPESTATS_CLASSES_ALL};
    struct conns conns;
    double before;

    conns_open(&conns, FEW);
    before = private_bytes();
    asking.handle = asking_open(setup->dir);
    asking.snapshot = asking_snapshot();
    asking.ports = conns.ports;
    asking.count = conns.count;
    for (unsigned i = 0; i < conns.count; i++)
        asking_switch_on(asking.handle, conns.ports[i], TCPESTATS_CLASSES_ALL);
    poll_once(&asking, 1);
    asking_sweep(&asking, 1);
    table_memory("memory of a process, beside the shared table", private_bytes() - before, 1048576);
    tcpestats_snapshot_free(asking.snapshot);
    tcpestats_close(asking.handle);
    conns_close(&conns);
}
