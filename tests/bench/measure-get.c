/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection, one thread: what the library adds to the kernel's own price. */
#include "asking.h"
#include "conns.h"
#include "measure.h"
#include "table.h"

#include <errno.h>
#include <stddef.h>

enum { ROUNDS = 101, CALLS = 500, SET_CALLS = 50 };

static const double goal_get = 1.25;

static void rows(struct condition *c, unsigned count, double goal)
{
    table_row(c[0].name, bench_spread(c[0].ns, ROUNDS).median, NULL, NULL, 0);
    for (unsigned i = 1; i < count; i++) {
        struct spread ratio = bench_ratio(&c[i], &c[0], ROUNDS);

        table_row(c[i].name, bench_spread(c[i].ns, ROUNDS).median, &ratio, NULL, goal);
    }
}

static void get(const char *dir, const struct ports *ports, const char *what)
{
    struct raw raw;
    struct tcpestats *handle = asking_open(dir, 0);
    struct asking ask_raw = {.raw = &raw, .ports = ports, .count = 1};
    struct asking ask = {.handle = handle, .cls = TCPESTATS_PATH, .ports = ports, .count = 1};
    struct asking ask_off = {.handle = handle, .cls = TCPESTATS_REC, .ports = ports, .count = 1};
    struct condition c[] = {
        {.name = "raw netlink look-up", .run = asking_raw, .arg = &ask_raw, .calls = CALLS},
        {.name = "tcpestats_get", .run = asking_get, .arg = &ask, .calls = CALLS},
        {.name = "tcpestats_get, class off", .run = asking_get, .arg = &ask_off, .calls = CALLS},
    };

    raw_open(&raw);
    asking_switch(handle, *ports, TCPESTATS_PATH, TCPESTATS_ON);
    bench_rounds(c, 3, ROUNDS);
    table_heading("Get, Path, %s connection", what);
    rows(c, 3, goal_get);
    raw_close(&raw);
    tcpestats_close(handle);
}

static void miss_and_set(const char *dir, const struct ports *ports)
{
    static const struct ports nobody = {1, 1};
    struct raw raw;
    struct tcpestats *handle = asking_open(dir, 0);
    struct asking ask_raw = {.raw = &raw, .ports = &nobody, .count = 1, .expect = ENOENT};
    struct asking ask = {
        .handle = handle, .cls = TCPESTATS_PATH, .ports = &nobody, .count = 1, .expect = ENOENT};
    struct asking ask_set = {
        .handle = handle, .cls = TCPESTATS_SEND_BUFF, .ports = ports, .count = 1};
    struct condition c[] = {
        {.name = "raw netlink look-up, no such connection",
         .run = asking_raw,
         .arg = &ask_raw,
         .calls = CALLS},
        {.name = "tcpestats_get, no such connection",
         .run = asking_get,
         .arg = &ask,
         .calls = CALLS},
        {.name = "tcpestats_set, on and off in turn",
         .run = asking_set,
         .arg = &ask_set,
         .calls = SET_CALLS},
    };

    raw_open(&raw);
    bench_rounds(c, 3, ROUNDS);
    table_heading("A miss, and Set");
    rows(c, 3, 0);
    raw_close(&raw);
    tcpestats_close(handle);
}

void measure_get(const char *dir)
{
    struct conns idle, busy;

    conns_open(&idle, 1);
    get(dir, idle.ports, "idle");
    miss_and_set(dir, idle.ports);
    conns_open_busy(&busy);
    get(dir, busy.ports, "busy");
    conns_close(&busy);
    conns_close(&idle);
}
