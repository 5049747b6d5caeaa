/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection: what each way to ask about it adds to the kernel's own price. */
#include "asking.h"
#include "measure.h"
#include "table.h"
#include "windows.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

enum { ROUNDS = 101, CALLS = 500 };

#define PATH (1u << TCPESTATS_PATH)

/* One row: a way to ask, against the raw look-up of the same. */
static void compare(const char *what, uint64_t (*run)(void *, unsigned), struct asking *asking,
                    double goal)
{
    struct raw raw;
    struct asking ask_raw = {.raw = &raw, .ports = asking->ports, .count = 1};
    struct condition c[] = {
        {.name = "a raw look-up", .run = asking_raw, .arg = &ask_raw, .calls = CALLS},
        {.name = what, .run = run, .arg = asking, .calls = CALLS},
    };

    ask_raw.expect = asking->expect;
    raw_open(&raw);
    bench_rounds(c, 2, ROUNDS);
    table_row(what, &c[1], &c[0], ROUNDS, goal);
    raw_close(&raw);
}

void measure_get(const struct setup *setup, const char *what, struct ports ports, double goal)
{
    struct asking asking = {
        .handle = asking_open(setup->dir), .classes = PATH, .ports = &ports, .count = 1};

    asking_switch_on(asking.handle, ports, PATH);
    compare(what, asking_get, &asking, goal);
    tcpestats_close(asking.handle);
}

/* The program warms itself up after waiting for us; so does the yardstick. */
static uint64_t run_raw(void *arg, unsigned calls)
{
    asking_raw(arg, calls / 8);
    return asking_raw(arg, calls);
}

void measure_get_windows(const struct setup *setup, const char *what, struct ports ports,
                         double goal)
{
    struct windows windows;
    struct windows_request request = {&windows, "get"};
    struct raw raw;
    struct asking ask_raw = {.raw = &raw, .ports = &ports, .count = 1};
    struct condition c[] = {
        {.name = "a raw look-up", .run = run_raw, .arg = &ask_raw, .calls = CALLS},
        {.run = windows_run, .arg = &request, .calls = CALLS},
    };
    char row[64];

    for (unsigned i = 0; i < setup->count; i++) {
        raw_open(&raw);
        windows_start(&windows, setup->commands[i].argv, ports);
        bench_rounds(c, 2, ROUNDS);
        snprintf(row, sizeof(row), "%s, %s", what, setup->commands[i].label);
        table_row(row, &c[1], &c[0], ROUNDS, goal);
        windows_end(&windows);
        raw_close(&raw);
    }
}

static void measure_own(const struct setup *setup)
{
    struct asking asking = {.handle = asking_open(setup->dir),
                            .classes = PATH,
                            .snapshot = asking_snapshot(),
                            .count = 1};
    int fd[2];
    struct ports ports = conns_open_own(fd);

    asking.fd = fd[0];
    asking.ports = &ports;
    asking_switch_on(asking.handle, ports, PATH);
    compare("own socket by its descriptor", asking_own, &asking, 0.35);
    close(fd[0]);
    close(fd[1]);
    tcpestats_snapshot_free(asking.snapshot);
    tcpestats_close(asking.handle);
}

static unsigned count_interfaces(void)
{
    struct if_nameindex *list = if_nameindex();
    unsigned count = 0;

    while (list && list[count].if_index)
        count++;
    if_freenameindex(list);
    return count;
}

static void measure_miss(const struct setup *setup)
{
    static const struct ports nobody = {1, 1};
    const unsigned interfaces = count_interfaces();
    struct asking asking = {.handle = asking_open(setup->dir),
                            .classes = PATH,
                            .ports = &nobody,
                            .count = 1,
                            .ifindex = if_nametoindex("lo"),
                            .expect = ENOENT};
    char row[64];

    compare("a miss, the interface named", asking_get, &asking, 1.5);
    asking.ifindex = 0;
    asking.parts = interfaces;
    snprintf(row, sizeof(row), "a miss, no interface named, for each of %u asked", interfaces);
    compare(row, asking_get, &asking, 1);
    tcpestats_close(asking.handle);
}

void measure_one(const struct setup *setup)
{
    const uint32_t all = TCPESTATS_CLASSES_ALL;
    struct conns idle, busy;
    struct asking take = {.handle = asking_open(setup->dir),
                          .classes = all,
                          .snapshot = asking_snapshot(),
                          .count = 1};
    struct asking set = {.handle = take.handle, .classes = PATH, .count = 1};

    conns_open(&idle, 1);
    measure_get(setup, "a Get, idle connection", idle.ports[0], 1.25);
    conns_open_busy(&busy);
    measure_get(setup, "a Get, busy connection", busy.ports[0], 1.25);
    conns_close(&busy);
    take.ports = set.ports = idle.ports;
    asking_switch_on(take.handle, idle.ports[0], all);
    compare("all nine classes, one snapshot", asking_take, &take, 1.6);
    measure_get_windows(setup, "a Get", idle.ports[0], 1.4);
    measure_own(setup);
    measure_miss(setup);
    compare("Set, on already", asking_set_on, &set, 3);
    tcpestats_snapshot_free(take.snapshot);
    tcpestats_close(take.handle);
    conns_close(&idle);
}
