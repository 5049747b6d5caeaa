/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "asking.h"
#include "timing.h"

#include <arpa/inet.h>
#include <err.h>
#include <string.h>
#include <sys/socket.h>

static void must(int result, const char *what)
{
    if (result != 0)
        errx(1, "%s: %s", what, tcpestats_strerror(result));
}

struct tcpestats *asking_open(const char *state_dir)
{
    struct tcpestats_options options = {
        .size = sizeof(options), .state_dir = state_dir, .freshness_ms = TCPESTATS_FRESHNESS_MS};
    struct tcpestats *handle;

    must(tcpestats_open(&handle, &options), "tcpestats_open");
    return handle;
}

struct tcpestats_snapshot *asking_snapshot(void)
{
    struct tcpestats_snapshot *snapshot;

    must(tcpestats_snapshot_new(&snapshot), "tcpestats_snapshot_new");
    return snapshot;
}

struct tcpestats_conn asking_conn(struct ports ports)
{
    struct tcpestats_conn conn = {.size = sizeof(conn),
                                  .family = AF_INET,
                                  .local_port = ports.local,
                                  .remote_port = ports.remote};
    uint32_t loopback = htonl(INADDR_LOOPBACK);

    memcpy(conn.local, &loopback, sizeof(loopback));
    memcpy(conn.remote, &loopback, sizeof(loopback));
    return conn;
}

void asking_switch_on(struct tcpestats *handle, struct ports ports, uint32_t classes)
{
    struct tcpestats_conn conn = asking_conn(ports);
    struct tcpestats_rw rw = {
        .size = sizeof(rw), .enable = TCPESTATS_ON, .enable_inbound = TCPESTATS_ON};

    for (unsigned cls = TCPESTATS_DATA; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (classes & 1u << cls)
            must(tcpestats_set(handle, &conn, cls, &rw), "tcpestats_set");
}

static struct ports next(struct asking *a)
{
    a->next = a->next + 1 < a->count ? a->next + 1 : 0;
    return a->ports[a->next];
}

static uint64_t since(uint64_t start, const struct asking *a)
{
    return (bench_now() - start) / (a->parts ? a->parts : 1);
}

uint64_t asking_raw(void *arg, unsigned calls)
{
    struct asking *a = arg;
    uint64_t start = bench_now();

    while (calls--)
        if (raw_lookup(a->raw, next(a)) != a->expect)
            errx(1, "raw look-up: wrong answer");
    return since(start, a);
}

uint64_t asking_get(void *arg, unsigned calls)
{
    struct asking *a = arg;
    struct tcpestats_sample sample = {.size = sizeof(sample)};
    const unsigned cls = (unsigned)__builtin_ctz(a->classes);
    uint64_t start = bench_now();

    while (calls--) {
        struct tcpestats_conn conn = asking_conn(next(a));
        int result;

        conn.ifindex = a->ifindex;
        result = tcpestats_get(a->handle, &conn, cls, &sample);
        if (result != -a->expect)
            errx(1, "tcpestats_get: %s", result ? tcpestats_strerror(result) : "found");
    }
    return since(start, a);
}

uint64_t asking_set_on(void *arg, unsigned calls)
{
    struct asking *a = arg;
    struct ports ports = next(a);
    uint64_t start = bench_now();

    while (calls--)
        asking_switch_on(a->handle, ports, a->classes);
    return since(start, a);
}

static void read_classes(const struct tcpestats_snapshot *snapshot, uint32_t classes)
{
    struct tcpestats_sample sample = {.size = sizeof(sample)};

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (classes & 1u << cls)
            must(tcpestats_read(snapshot, cls, &sample), "tcpestats_read");
}

uint64_t asking_take(void *arg, unsigned calls)
{
    struct asking *a = arg;
    uint64_t start = bench_now();

    while (calls--) {
        struct tcpestats_conn conn = asking_conn(next(a));

        must(tcpestats_take(a->handle, &conn, a->classes, a->snapshot), "tcpestats_take");
        read_classes(a->snapshot, a->classes);
    }
    return since(start, a);
}

uint64_t asking_own(void *arg, unsigned calls)
{
    struct asking *a = arg;
    uint64_t start = bench_now();

    while (calls--) {
        must(tcpestats_take_own(a->handle, a->fd, a->classes, a->snapshot), "tcpestats_take_own");
        read_classes(a->snapshot, a->classes);
    }
    return since(start, a);
}

static int see(const struct tcpestats_conn *conn, const struct tcpestats_snapshot *snapshot,
               void *arg)
{
    struct asking *a = arg;

    (void)conn;
    read_classes(snapshot, a->classes);
    a->next++;
    return 0;
}

uint64_t asking_sweep(void *arg, unsigned calls)
{
    struct asking *a = arg;
    uint64_t start = bench_now();

    while (calls--) {
        a->next = 0;
        must(tcpestats_sweep(a->handle, a->classes, see, a), "tcpestats_sweep");
        if (a->next < a->count)
            errx(1, "tcpestats_sweep: %u of %u connections", a->next, a->count);
    }
    return since(start, a);
}
