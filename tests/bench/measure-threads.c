/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Four threads at a time, one handle for all, against four that each own a netlink socket. */
#include "asking.h"
#include "conns.h"
#include "measure.h"
#include "table.h"

#include <err.h>
#include <pthread.h>
#include <stddef.h>

enum { THREADS = 4, ROUNDS = 25, CALLS = 2000 };

struct worker {
    uint64_t (*run)(void *arg, unsigned calls);
    struct asking asking;
    struct raw raw;
    unsigned calls;
};

struct team {
    struct worker worker[THREADS];
};

static void *work(void *arg)
{
    struct worker *w = arg;

    w->run(&w->asking, w->calls);
    return NULL;
}

static uint64_t run_team(void *arg, unsigned calls)
{
    struct team *team = arg;
    pthread_t thread[THREADS];
    uint64_t start = bench_now();

    for (int i = 0; i < THREADS; i++) {
        team->worker[i].calls = calls / THREADS;
        if (pthread_create(&thread[i], NULL, work, &team->worker[i]) != 0)
            errx(1, "pthread_create");
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    return bench_now() - start;
}

void measure_threads(const char *dir)
{
    struct conns conns;
    struct tcpestats *handle = asking_open(dir, 0);
    struct team team[2];
    struct condition c[] = {
        {.name = "raw, a socket for each thread", .run = run_team, .arg = &team[0]},
        {.name = "tcpestats_get, one handle", .run = run_team, .arg = &team[1]},
    };

    conns_open(&conns, THREADS);
    for (int i = 0; i < THREADS; i++) {
        const struct ports *ports = &conns.ports[i];
        struct worker *raw = &team[0].worker[i];

        asking_switch(handle, *ports, TCPESTATS_PATH, TCPESTATS_ON);
        raw_open(&raw->raw);
        raw->run = asking_raw;
        raw->asking = (struct asking){.raw = &raw->raw, .ports = ports, .count = 1};
        team[1].worker[i].run = asking_get;
        team[1].worker[i].asking = (struct asking){
            .handle = handle, .cls = TCPESTATS_PATH, .ports = ports, .count = 1};
    }
    for (int i = 0; i < 2; i++)
        c[i].calls = CALLS;
    bench_rounds(c, 2, ROUNDS);

    table_heading("%d threads, wall time for each call", THREADS);
    for (int i = 0; i < 2; i++) {
        struct spread ratio = bench_ratio(&c[i], &c[0], ROUNDS);

        table_row(c[i].name, bench_spread(c[i].ns, ROUNDS).median, i ? &ratio : NULL, NULL, 0);
    }
    for (int i = 0; i < THREADS; i++)
        raw_close(&team[0].worker[i].raw);
    tcpestats_close(handle);
    conns_close(&conns);
}
