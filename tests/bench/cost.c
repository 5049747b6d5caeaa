/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * collector-bench TABLE: what the collector costs connections on loopback, in processor time of the
 * one thread that sends, receives, and so does the kernel's work for both ends. The programs are
 * loaded into this process, without the daemon, so that they can be attached and detached from one
 * measurement to the next: all conditions meet in each round, in turn.
 */
#include "programs.h"
#include "table.h"
#include "timing.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

enum { ROUNDS = 61, MANY = 1000, MESSAGE = 100, MESSAGES = 2000, BLOCK = 1 << 16, BLOCKS = 256 };

static struct pair {
    int end[2];
    struct programs_target target[2];
    uint32_t slot[2]; /* + 1, 0: not enabled */
} pairs[MANY], other;

static struct programs *programs;
static int here;
static uint32_t next_slot;
static uint64_t epoch;

/* --- connections --- */

static uint64_t cookie(int fd, int option)
{
    uint64_t value = 0;
    socklen_t len = sizeof(value);

    if (getsockopt(fd, SOL_SOCKET, option, &value, &len) != 0)
        err(1, "cookie");
    return value;
}

static struct programs_target target_of(int fd)
{
    struct programs_target target = {
        .cookie = cookie(fd, SO_COOKIE), .netns = cookie(fd, SO_NETNS_COOKIE), .family = AF_INET};
    struct sockaddr_in local, remote;
    socklen_t len = sizeof(local);

    if (getsockname(fd, (struct sockaddr *)&local, &len) != 0 ||
        getpeername(fd, (struct sockaddr *)&remote, &len) != 0)
        err(1, "names");
    memcpy(target.local, &local.sin_addr, 4);
    memcpy(target.remote, &remote.sin_addr, 4);
    target.local_port = ntohs(local.sin_port);
    target.remote_port = ntohs(remote.sin_port);
    return target;
}

static void connect_pair(struct pair *pair, int listener, const struct sockaddr_in *to)
{
    int one = 1, room = 4 * BLOCK;

    pair->end[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (pair->end[0] < 0 || connect(pair->end[0], (const struct sockaddr *)to, sizeof(*to)) != 0)
        err(1, "connecting");
    pair->end[1] = accept(listener, NULL, NULL);
    if (pair->end[1] < 0)
        err(1, "accepting");
    for (int i = 0; i < 2; i++) {
        setsockopt(pair->end[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        setsockopt(pair->end[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
        setsockopt(pair->end[i], SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
        pair->target[i] = target_of(pair->end[i]);
    }
}

static void connect_all(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    socklen_t len = sizeof(to);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    if (ioctl(listener, SIOCSIFFLAGS, &lo) != 0 ||
        bind(listener, (struct sockaddr *)&to, len) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&to, &len) != 0)
        err(1, "listening");
    for (int i = 0; i < MANY; i++)
        connect_pair(&pairs[i], listener, &to);
    connect_pair(&other, listener, &to);
    close(listener);
}

/* --- the collector --- */

static void enable(struct pair *pair, int end, uint32_t classes)
{
    uint32_t slot = next_slot++ % (2 * MANY + 2);
    int status = programs_enable(programs, here, &pair->target[end], slot, ++epoch, classes);

    if (status)
        errx(1, "programs_enable: %s", strerror(-status));
    pair->slot[end] = slot + 1;
}

static void release(struct pair *pair)
{
    for (int end = 0; end < 2; end++) {
        if (pair->slot[end])
            programs_release(programs, here, &pair->target[end], pair->slot[end] - 1);
        pair->slot[end] = 0;
    }
}

/* --- work, and under what --- */

enum what { ABSENT, IDLE, ONE_END, BOTH_ENDS, ALL };

struct work {
    enum what what;
    uint32_t classes;
    unsigned pairs; /* used in turn */
    void (*once)(const struct pair *pair);
};

static void set_up(const struct work *work)
{
    if (work->what == IDLE)
        enable(&other, 0, work->classes);
    for (unsigned i = 0; work->what >= ONE_END && i < work->pairs; i++) {
        enable(&pairs[i], 0, work->classes);
        if (work->what == BOTH_ENDS)
            enable(&pairs[i], 1, work->classes);
    }
    if ((programs_attached(programs) == 0) != (work->what == ABSENT))
        errx(1, "%u hooks are attached", programs_attached(programs));
}

static void take_down(const struct work *work)
{
    release(&other);
    for (unsigned i = 0; i < work->pairs; i++)
        release(&pairs[i]);
    programs_adjust(programs, 0);
}

static void move(int from, int to, size_t size)
{
    static char data[BLOCK];
    ssize_t got;

    if (send(from, data, size, 0) != (ssize_t)size)
        err(1, "send");
    for (size_t left = size; left; left -= (size_t)got) {
        got = recv(to, data, left, 0);
        if (got <= 0)
            err(1, "recv");
    }
}

static void ping_pong(const struct pair *pair)
{
    move(pair->end[0], pair->end[1], MESSAGE);
    move(pair->end[1], pair->end[0], MESSAGE);
}

static void bulk(const struct pair *pair)
{
    move(pair->end[0], pair->end[1], BLOCK);
}

static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t run(void *arg, unsigned calls)
{
    const struct work *work = arg;
    uint64_t start;

    set_up(work);
    for (unsigned i = 0; i < calls / 10; i++) /* warm, and the first look at each */
        work->once(&pairs[i % work->pairs]);
    start = cpu_ns();
    for (unsigned i = 0; i < calls; i++)
        work->once(&pairs[i % work->pairs]);
    start = cpu_ns() - start;
    take_down(work);
    return start;
}

/* --- the table --- */

static void compare(const char *what, uint32_t classes, void (*once)(const struct pair *),
                    unsigned count, const double goals[static 4])
{
    static const char *const names[] = {"not attached", "attached, another connection enabled",
                                        "enabled, one end", "enabled, both ends"};
    unsigned calls = once == bulk ? BLOCKS : MESSAGES, conditions = count == 1 ? 4 : 3, n = 0;
    struct work work[4];
    struct condition c[4];

    for (unsigned i = 0; i < 4; i++) {
        if (count > 1 && i == IDLE)
            continue;
        work[n] = (struct work){(enum what)i, classes, count, once};
        c[n] = (struct condition){.name = names[i], .run = run, .arg = &work[n], .calls = calls};
        n++;
    }
    bench_rounds(c, conditions, ROUNDS);
    table_heading("%s", what);
    table_yardstick(c[0].name, &c[0], ROUNDS);
    for (unsigned i = 1; i < conditions; i++)
        table_sure(c[i].name, &c[i], &c[0], ROUNDS, goals[work[i].what]);
}

static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    /* Data, Path, ObsRec and FineRtt; and all. */
    static const uint32_t few = 1u << 1 | 1u << 3 | 1u << 6 | 1u << 8, all = 0x800001feu;
    static const double free_of_goals[4] = {0};
    struct programs_options options = {.records = 2 * MANY + 2};
    int status;

    if (argc != 2)
        errx(2, "usage: collector-bench TABLE");
    table_append(argv[1]);
    status = programs_open(&programs, &options);
    if (status) {
        table_note("SKIP: no collector: %s", strerror(-status));
        table_close();
        return 0;
    }
    allow_descriptors();
    here = open("/proc/self/ns/net", O_RDONLY);
    connect_all();
    compare("Collector, ping-pong of 100 bytes: Data, Path, ObsRec, FineRtt", few, ping_pong, 1,
            (const double[]){0, 1.015, 1.14, 0});
    compare("Collector, ping-pong of 100 bytes: every class", all, ping_pong, 1,
            (const double[]){0, 1.03, 1.22, 0});
    compare("Collector, bulk of 64 KiB: Data, Path, ObsRec, FineRtt", few, bulk, 1,
            (const double[]){0, 1.03, 1.08, 0});
    compare("Collector, bulk of 64 KiB: every class", all, bulk, 1,
            (const double[]){0, 1.03, 0, 0});
    compare("Collector, ping-pong over 1,000 in turn: Data, Path, ObsRec, FineRtt", few, ping_pong,
            MANY, free_of_goals);
    compare("Collector, ping-pong over 1,000 in turn: every class", all, ping_pong, MANY,
            free_of_goals);
    programs_close(programs);
    table_note("%u of the collector's goals missed", table_missed());
    table_close();
    return 0;
}
