/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections by the thousand that come and go while they are enabled, in two namespaces, by four
 * processes; the daemon is killed each second. Nobody waits longer than promised, nobody is shown
 * another connection's record, and in the end nothing is left. For CHURN_CONNECTIONS (2000) and
 * CHURN_SECONDS (5) at least.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "suite.h"

#define CHURNERS 4
#define OPEN 64
#define ENABLED 20 /* at least; hundreds where the machine does nothing else */
/* TE_COLLECTOR_PATIENCE_MS, and what a busy machine adds: the killed never answer. */
#define SLOWEST_MS 20000

static struct daemon d;

static struct shared {
    atomic_uint made, enabled, refused, full;
    atomic_uint slowest_ms;
} * shared;

#define MUST(condition, ...)              \
    do {                                  \
        if (!(condition)) {               \
            fprintf(stderr, __VA_ARGS__); \
            fputc('\n', stderr);          \
            _exit(1);                     \
        }                                 \
    } while (0)

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int listen_here(struct sockaddr_in *address)
{
    socklen_t len = sizeof(*address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    MUST(bind(fd, (struct sockaddr *)address, len) == 0 && listen(fd, 64) == 0 &&
             getsockname(fd, (struct sockaddr *)address, &len) == 0,
         "listening");
    return fd;
}

/* Half of them end by a reset, the others in order. */
static void close_pair(int fds[2], bool reset)
{
    struct linger linger = {1, 0};

    if (reset)
        setsockopt(fds[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fds[0]);
    close(fds[1]);
}

static void enable_one(struct te_collector_link *lnk, struct te_diag *diag, int fd, unsigned n)
{
    struct te_query query = {.want = 0};
    struct te_collector_view view;
    struct te_collector_record r;
    struct te_snapshot s;
    uint32_t slot = 0;
    uint64_t start;
    unsigned took;
    int status;

    net_tuple(fd, &query.tuple);
    MUST(net_look(diag, &query, &s) == 0, "a connection of ours is not found");
    start = now_ms();
    status = te_collector_enable(lnk, &s, 2u << n % 6, &view, &slot, NULL);
    took = (unsigned)(now_ms() - start);
    if (took > shared->slowest_ms)
        shared->slowest_ms = took;
    MUST(status == 0 || status == -ENOTCONN || status == -ETIMEDOUT || status == -ENOSPC,
         "enable: %d", status);
    if (status) {
        atomic_fetch_add(status == -ENOSPC ? &shared->full : &shared->refused, 1);
        /* What is asked meanwhile it does, too: so it would never be in time again. */
        if (status == -ETIMEDOUT)
            usleep(100000);
        return;
    }
    atomic_fetch_add(&shared->enabled, 1);
    /* It lives until we close it; or the daemon has been killed, and another one's is in its place.
     */
    if (read_record(lnk, &view, slot, &r))
        MUST(r.head.cookie == s.cookie && r.head.netns == s.netns && r.head.epoch > view.start &&
                 r.head.local_port == s.tuple.local_port,
             "slot %u shows another connection", slot);
    if (n % 3 == 0)
        te_collector_disable(lnk, &s, ~0u);
    if (n % 16 == 0)
        te_collector_is_gone(lnk);
}

/* Goes on where the machine was so busy that hardly any could be enabled. */
static bool is_enough(unsigned made, unsigned count, uint64_t end)
{
    return made >= count && now_ms() >= end &&
           (shared->enabled >= ENABLED || now_ms() >= end + 2 * AWAIT_SECONDS * 1000);
}

static int churn(unsigned count, uint64_t end)
{
    int pairs[OPEN][2], listener;
    struct te_diag diag = TE_DIAG_INIT;
    struct te_collector_link *lnk;
    struct sockaddr_in to;
    unsigned fds;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    MUST(kit_link_new(&lnk) == 0, "link");
    listener = listen_here(&to);
    memset(pairs, -1, sizeof(pairs));
    net_ns(); /* keeps a descriptor from its first use on */
    fds = net_descriptors();
    for (unsigned n = 0; !is_enough(n, count, end); n++) {
        int *pair = pairs[n % OPEN];

        if (pair[0] >= 0)
            close_pair(pair, n & 1);
        pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        MUST(connect(pair[0], (struct sockaddr *)&to, sizeof(to)) == 0, "connect");
        pair[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        enable_one(lnk, &diag, pair[n / OPEN % 2], n);
        MUST(send(pair[0], "x", 1, MSG_NOSIGNAL) == 1, "send");
        atomic_fetch_add(&shared->made, 1);
    }
    for (unsigned i = 0; i < OPEN; i++)
        close_pair(pairs[i], true);
    te_collector_link_free(lnk);
    te_diag_close(&diag);
    MUST(net_descriptors() <= fds, "descriptors are left");
    return 0;
}

static unsigned number_of(const char *name, unsigned otherwise)
{
    const char *text = getenv(name);

    return text && *text ? (unsigned)atoi(text) : otherwise;
}

START_TEST(churn_and_violent_ends_leave_nothing_and_confuse_nobody)
{
    unsigned count = number_of("CHURN_CONNECTIONS", 2000), seconds = number_of("CHURN_SECONDS", 5);
    unsigned running = CHURNERS, kills = 0, served = 0;
    pid_t pids[CHURNERS];
    uint64_t next;
    unsigned fds;

    daemon_begin();
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    daemon_start(&d, "--records=100", "--quota=80", NULL);
    fds = daemon_descriptors(&d);
    for (int i = 0; i < CHURNERS; i++) {
        fflush(NULL);
        pids[i] = suite_fork();
        if (!pids[i]) {
            if (i % 2)
                net_another();
            _exit(churn(count / CHURNERS, now_ms() + seconds * 1000));
        }
    }
    next = now_ms() + 1000;
    while (running) {
        int status;

        usleep(20000);
        for (int i = 0; i < CHURNERS; i++) {
            if (pids[i] && waitpid(pids[i], &status, WNOHANG) == pids[i]) {
                ck_assert_int_eq(status, 0);
                pids[i] = 0;
                running--;
            }
        }
        /* Not before it has served somebody, which takes longer on a busy machine. */
        if (running && now_ms() >= next && shared->enabled > served) {
            daemon_kill(&d);
            served = shared->enabled;
            daemon_again(&d);
            kills++;
            next = now_ms() + 1000;
        }
    }
    printf("%u connections, %u enabled, %u without a daemon, %u without room, %u kills, slowest "
           "%u ms\n",
           shared->made, shared->enabled, shared->refused, shared->full, kills, shared->slowest_ms);
    ck_assert_uint_ge(shared->enabled, ENABLED);
    ck_assert_uint_gt(kills, 0);
    ck_assert_uint_lt(shared->slowest_ms, SLOWEST_MS);
    AWAIT(daemon_status(&d).in_use == 0);
    AWAIT(daemon_descriptors(&d) <= fds);
    daemon_end(&d);
}
END_TEST

SUITE("collector-churn", 1800, churn_and_violent_ends_leave_nothing_and_confuse_nobody)
