/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "witness.h"
#include "await-collector.h"
#include "traffic.h"

#include <tcpestats.h>

#include <arpa/inet.h>
#include <err.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct round {
    uint64_t begin_ns, end_ns; /* CLOCK_REALTIME, as the capture has */
};

struct witness {
    struct tcpestats *te;
    struct tcpestats_conn conn;
    struct round *rounds;
    size_t count, room;
    uint64_t enabled_ns;
    unsigned rhythm_ms;
    atomic_bool stop;
    pthread_t thread;
};

static uint16_t take_address(const struct sockaddr_storage *a, uint8_t *out)
{
    if (a->ss_family == AF_INET) {
        memcpy(out, &((const struct sockaddr_in *)a)->sin_addr, 4);
        return ntohs(((const struct sockaddr_in *)a)->sin_port);
    }
    memcpy(out, &((const struct sockaddr_in6 *)a)->sin6_addr, 16);
    return ntohs(((const struct sockaddr_in6 *)a)->sin6_port);
}

static void name_connection(struct tcpestats_conn *conn, int fd)
{
    struct sockaddr_storage local, remote;
    socklen_t len = sizeof(local), rlen = sizeof(remote);

    if (getsockname(fd, (struct sockaddr *)&local, &len) != 0 ||
        getpeername(fd, (struct sockaddr *)&remote, &rlen) != 0)
        err(1, "naming the connection");
    memset(conn, 0, sizeof(*conn));
    conn->size = sizeof(*conn);
    conn->family = local.ss_family;
    conn->local_port = take_address(&local, conn->local);
    conn->remote_port = take_address(&remote, conn->remote);
}

static void must(int result, const char *what)
{
    if (result < 0)
        errx(1, "%s: %s", what, tcpestats_strerror(result));
}

static struct round read_round(struct witness *w, struct tcpestats_sample *samples)
{
    struct round r = {.begin_ns = clock_ns(CLOCK_REALTIME)};

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        samples[cls].size = sizeof(samples[cls]);
        must(tcpestats_get(w->te, &w->conn, cls, &samples[cls]), "tcpestats_get");
    }
    r.end_ns = clock_ns(CLOCK_REALTIME);
    return r;
}

static void book(struct witness *w, struct round r)
{
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 1024;
        w->rounds = realloc(w->rounds, w->room * sizeof(*w->rounds));
        if (!w->rounds)
            err(1, "memory");
    }
    w->rounds[w->count++] = r;
}

static void *run(void *arg)
{
    struct tcpestats_sample samples[TCPESTATS_CLASS_COUNT];
    struct witness *w = arg;
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    while (!atomic_load(&w->stop)) {
        book(w, read_round(w, samples));
        t.tv_nsec += (long)w->rhythm_ms * 1000000;
        t.tv_sec += t.tv_nsec / 1000000000;
        t.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
    return NULL;
}

struct witness *witness_start(int fd, const char *state_dir, unsigned rhythm_ms, bool collector)
{
    struct tcpestats_options o = {.size = sizeof(o), .state_dir = state_dir};
    struct tcpestats_rw on = {sizeof(on), TCPESTATS_ON, TCPESTATS_ON};
    struct witness *w = calloc(1, sizeof(*w));
    struct round first;

    if (!w)
        err(1, "memory");
    w->rhythm_ms = rhythm_ms;
    name_connection(&w->conn, fd);
    must(tcpestats_open(&w->te, &o), "tcpestats_open");
    /* Enabling looks at the connection, too. */
    first.begin_ns = w->enabled_ns = clock_ns(CLOCK_REALTIME);
    for (unsigned cls = TCPESTATS_DATA; cls < TCPESTATS_CLASS_COUNT; cls++)
        must(tcpestats_set(w->te, &w->conn, cls, &on), "tcpestats_set");
    if (collector)
        must(await_collector(w->te, &w->conn), "waiting for the collector");
    first.end_ns = clock_ns(CLOCK_REALTIME);
    book(w, first);
    if (pthread_create(&w->thread, NULL, run, w) != 0)
        errx(1, "cannot make a thread");
    return w;
}

static const char *const fidelity_name[] = {"exact", "derived", "approximate", "unavailable",
                                            "reserved"};
static const char *const status_name[] = {"known", "no-sample", "no-source", "off", "not-in-use"};

static void write_values(const struct tcpestats_sample *s, FILE *out)
{
    for (unsigned i = 0; i < s->count; i++) {
        const struct tcpestats_field *f = tcpestats_field(s->first + i);
        const struct tcpestats_value *v = &s->values[i];

        fprintf(out, "field %s %s %s %s %" PRIu64 " %s\n", tcpestats_class_name(s->cls), f->name,
                fidelity_name[v->fidelity], status_name[v->status], v->value, f->unit);
    }
}

/* The namespace's SNMP counters, as "snmp GROUP NAME VALUE": a heading line and one of numbers. */
static void write_snmp(const char *path, FILE *out)
{
    char heads[8192], values[8192], *h, *v, *hs = NULL, *vs = NULL;
    FILE *in = fopen(path, "re");

    if (!in)
        err(1, "%s", path);
    while (fgets(heads, sizeof(heads), in) && fgets(values, sizeof(values), in)) {
        char *group = strtok_r(heads, ": \n", &hs);

        strtok_r(values, ": \n", &vs);
        while ((h = strtok_r(NULL, " \n", &hs)) && (v = strtok_r(NULL, " \n", &vs)))
            fprintf(out, "snmp %s %s %s\n", group, h, v);
    }
    fclose(in);
}

static void write_address(const char *what, int family, const uint8_t *a, uint16_t port, FILE *out)
{
    char text[INET6_ADDRSTRLEN];

    fprintf(out, "%s %s %u\n", what, inet_ntop(family, a, text, sizeof(text)), port);
}

void witness_finish(struct witness *w, FILE *out)
{
    struct tcpestats_sample samples[TCPESTATS_CLASS_COUNT];
    struct round last;

    atomic_store(&w->stop, true);
    pthread_join(w->thread, NULL);
    last = read_round(w, samples);

    write_address("local", w->conn.family, w->conn.local, w->conn.local_port, out);
    write_address("remote", w->conn.family, w->conn.remote, w->conn.remote_port, out);
    fprintf(out, "rhythm %u\nenabled %" PRIu64 "\n", w->rhythm_ms, w->enabled_ns);
    for (size_t i = 0; i < w->count; i++)
        fprintf(out, "poll %" PRIu64 " %" PRIu64 "\n", w->rounds[i].begin_ns, w->rounds[i].end_ns);
    fprintf(out, "read %" PRIu64 " %" PRIu64 "\n", last.begin_ns, last.end_ns);
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        write_values(&samples[cls], out);
    write_snmp("/proc/thread-self/net/snmp", out);
    write_snmp("/proc/thread-self/net/netstat", out);
    tcpestats_close(w->te);
    free(w->rounds);
    free(w);
}
