/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many connections: is a Get's price flat, what does polling all cost, how much room do they take?
 */
#include "asking.h"
#include "conns.h"
#include "list.h"
#include "measure.h"
#include "table.h"

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FEW = 10, MANY = 10000, POLLED = 5000, ROUNDS = 31, CALLS = 1000, POLL_ROUNDS = 9 };

static const double goal_flat = 1.2;

static const enum tcpestats_class polled[] = {TCPESTATS_DATA, TCPESTATS_SND_CONG, TCPESTATS_PATH,
                                              TCPESTATS_REC};
enum { CLASSES = sizeof(polled) / sizeof(polled[0]) };

/* What a stage with so many connections measured. */
struct stage {
    struct condition raw, get, raw_all, get_all;
    struct asking ask_raw, ask_get, ask_raw_all, ask_get_all;
};

static void run_stage(struct stage *s, struct raw *raw, struct tcpestats *handle,
                      const struct conns *conns)
{
    struct condition c[4];

    s->ask_raw = (struct asking){.raw = raw, .ports = conns->ports, .count = FEW};
    s->ask_get = (struct asking){
        .handle = handle, .cls = TCPESTATS_PATH, .ports = conns->ports, .count = FEW};
    s->ask_raw_all = s->ask_raw;
    s->ask_raw_all.count = conns->count;
    s->ask_get_all = s->ask_get;
    s->ask_get_all.count = conns->count;
    c[0] = (struct condition){"", asking_raw, &s->ask_raw, CALLS, {0}};
    c[1] = (struct condition){"", asking_get, &s->ask_get, CALLS, {0}};
    c[2] = (struct condition){"", asking_raw, &s->ask_raw_all, CALLS, {0}};
    c[3] = (struct condition){"", asking_get, &s->ask_get_all, CALLS, {0}};
    bench_rounds(c, 4, ROUNDS);
    s->raw = c[0];
    s->get = c[1];
    s->raw_all = c[2];
    s->get_all = c[3];
}

static double median_of(const struct condition *c)
{
    return bench_spread(c->ns, ROUNDS).median;
}

/* The stages cannot be interleaved: the few are measured before and after the many. */
static void flat_row(const char *what, const struct condition *many, const struct condition *before,
                     const struct condition *after, double goal)
{
    double few = (median_of(before) + median_of(after)) / 2;
    struct spread ns = bench_spread(many->ns, ROUNDS);
    struct spread ratio = {ns.median / few, ns.low / few, ns.high / few};

    table_row(what, ns.median, &ratio, NULL, goal);
}

/* Within a stage a Get and the yardstick are interleaved, so this shrugs off a machine that drifts.
 */
static void steady_row(const char *what, const struct stage *many, const struct stage *before,
                       const struct stage *after)
{
    struct spread ratio = bench_ratio(&many->get, &many->raw, ROUNDS);
    double few = (bench_ratio(&before->get, &before->raw, ROUNDS).median +
                  bench_ratio(&after->get, &after->raw, ROUNDS).median) /
                 2;

    ratio = (struct spread){ratio.median / few, ratio.low / few, ratio.high / few};
    table_row(what, median_of(&many->get), &ratio, NULL, 0);
}

static off_t file_bytes;

static int add_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)path;
    (void)ftw;
    if (type == FTW_F)
        file_bytes += st->st_blocks * 512;
    return 0;
}

static double bytes_below(const char *dir)
{
    file_bytes = 0;
    nftw(dir, add_file, 8, FTW_PHYS);
    return (double)file_bytes;
}

static double resident(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (!f || fscanf(f, "%*d %ld", &pages) != 1)
        err(1, "/proc/self/statm");
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

struct polling {
    struct tcpestats *handle;
    const struct conns *conns;
};

static uint64_t poll_get(void *arg, unsigned calls)
{
    struct polling *p = arg;
    struct tcpestats_sample sample = {.size = sizeof(sample)};
    uint64_t start = bench_now();

    (void)calls;
    for (unsigned i = 0; i < POLLED; i++) {
        struct tcpestats_conn conn = asking_conn(p->conns->ports[i]);

        for (unsigned k = 0; k < CLASSES; k++)
            if (tcpestats_get(p->handle, &conn, polled[k], &sample) != 0)
                errx(1, "tcpestats_get failed");
    }
    return bench_now() - start;
}

static uint64_t poll_proc(void *arg, unsigned calls)
{
    static char buffer[65536];
    uint64_t start = bench_now();
    int fd = open("/proc/net/tcp", O_RDONLY);

    (void)arg;
    (void)calls;
    if (fd < 0)
        err(1, "/proc/net/tcp");
    while (read(fd, buffer, sizeof(buffer)) > 0)
        ;
    close(fd);
    return bench_now() - start;
}

static void poll_all(struct tcpestats *handle, const struct conns *conns)
{
    struct polling p = {handle, conns};
    struct condition c[] = {
        {"", poll_get, &p, 1, {0}}, {"", list_ss, NULL, 1, {0}}, {"", poll_proc, NULL, 1, {0}}};
    struct spread to_ss, to_proc;
    double ns;

    bench_rounds(c, 3, POLL_ROUNDS);
    ns = bench_spread(c[0].ns, POLL_ROUNDS).median;
    to_ss = bench_ratio(&c[0], &c[1], POLL_ROUNDS);
    to_proc = bench_ratio(&c[0], &c[2], POLL_ROUNDS);
    table_heading("Polling all: %d enabled connections, %d classes each", POLLED, (int)CLASSES);
    table_row("tcpestats_get, each class of each", ns, &to_ss, "ss -tin", 0);
    table_row("", ns, &to_proc, "reading /proc/net/tcp", 0);
    table_row("ss -tin (both ends of all)", bench_spread(c[1].ns, POLL_ROUNDS).median, NULL, NULL,
              0);
    table_row("reading /proc/net/tcp (both ends of all)", bench_spread(c[2].ns, POLL_ROUNDS).median,
              NULL, NULL, 0);
    table_note("(%d connections exist; one Get is %.2f us)", MANY, ns / 1e3 / POLLED / CLASSES);
}

static void enable(struct tcpestats *handle, const struct conns *conns)
{
    for (unsigned i = 0; i < conns->count; i++)
        for (unsigned k = 0; k < (i < POLLED ? CLASSES : 1); k++)
            asking_switch(handle, conns->ports[i], i < POLLED ? polled[k] : TCPESTATS_PATH,
                          TCPESTATS_ON);
}

void measure_scale(const char *dir)
{
    static struct stage before, many, after;
    struct stage *stages[] = {&before, &many, &after};
    struct tcpestats *handle = asking_open(dir, 0);
    struct conns conns;
    struct raw raw;
    double files = 0, memory = 0;

    raw_open(&raw);
    for (unsigned i = 0; i < 3; i++) {
        conns_open(&conns, i == 1 ? MANY : FEW);
        if (i != 1) {
            enable(handle, &conns);
            run_stage(stages[i], &raw, handle, &conns);
            conns_close(&conns);
            continue;
        }
        files = bytes_below(dir);
        memory = resident();
        enable(handle, &conns);
        run_stage(stages[i], &raw, handle, &conns);
        files = bytes_below(dir) - files;
        memory = resident() - memory;
        poll_all(handle, &conns);
        conns_close(&conns);
    }
    table_heading("Flatness: %d against %d enabled connections", MANY, FEW);
    flat_row("tcpestats_get, always the same ten", &many.get, &before.get, &after.get, goal_flat);
    steady_row("  the same, in units of the raw look-up", &many, &before, &after);
    flat_row("tcpestats_get, all in turn", &many.get_all, &before.get_all, &after.get_all, 0);
    flat_row("raw look-up, always the same ten", &many.raw, &before.raw, &after.raw, 0);
    flat_row("raw look-up, all in turn", &many.raw_all, &before.raw_all, &after.raw_all, 0);

    table_heading("Room for each enabled connection");
    table_note("%.0f bytes of state files, %.0f bytes of this process", files / MANY,
               memory / MANY);
    raw_close(&raw);
    tcpestats_close(handle);
}
