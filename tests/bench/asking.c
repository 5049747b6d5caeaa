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

struct tcpestats *asking_open(const char *state_dir, uint32_t flags)
{
    struct tcpestats_options options = {.size = sizeof(options),
                                        .flags = flags,
                                        .state_dir = state_dir,
                                        .freshness_ms = TCPESTATS_FRESHNESS_MS};
    struct tcpestats *handle;

    must(tcpestats_open(&handle, &options), "tcpestats_open");
    return handle;
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

void asking_switch(struct tcpestats *handle, struct ports ports, enum tcpestats_class cls, int on)
{
    struct tcpestats_conn conn = asking_conn(ports);
    struct tcpestats_rw rw = {.size = sizeof(rw), .enable = on, .enable_inbound = on};

    must(tcpestats_set(handle, &conn, cls, &rw), "tcpestats_set");
}

static struct ports next(struct asking *a)
{
    a->next = a->next + 1 < a->count ? a->next + 1 : 0;
    return a->ports[a->next];
}

uint64_t asking_raw(void *arg, unsigned calls)
{
    struct asking *a = arg;
    uint64_t start = bench_now();

    while (calls--)
        if (raw_lookup(a->raw, next(a)) != a->expect)
            errx(1, "raw look-up: wrong answer");
    return bench_now() - start;
}

uint64_t asking_get(void *arg, unsigned calls)
{
    struct asking *a = arg;
    struct tcpestats_sample sample = {.size = sizeof(sample)};
    uint64_t start = bench_now();

    while (calls--) {
        struct tcpestats_conn conn = asking_conn(next(a));
        int result = tcpestats_get(a->handle, &conn, a->cls, &sample);

        if (result != -a->expect)
            errx(1, "tcpestats_get: %s", result ? tcpestats_strerror(result) : "found");
    }
    return bench_now() - start;
}

uint64_t asking_set(void *arg, unsigned calls)
{
    struct asking *a = arg;
    struct ports ports = next(a);
    uint64_t start = bench_now();

    while (calls--)
        asking_switch(a->handle, ports, a->cls, calls & 1);
    return bench_now() - start;
}

uint64_t asking_set_on(void *arg, unsigned calls)
{
    struct asking *a = arg;
    struct ports ports = next(a);
    uint64_t start = bench_now();

    while (calls--)
        asking_switch(a->handle, ports, a->cls, TCPESTATS_ON);
    return bench_now() - start;
}
