/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections that come and go by the thousand each second while four processes read them: never
 * another connection's numbers, never a counter that goes backwards, nothing left behind. A fifth
 * is killed at random points all the while, and holds nobody up. For CHURN_SECONDS.
 *
 * What a connection carries is worked out from the client's port, so that numbers which belong to
 * another one show. Connections from every fourth port are never switched on by anybody.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "kit.h"

#define MAKERS 2
#define POLLERS 4
#define OPEN 256 /* connections that a maker keeps open */
#define RATE_WANTED 2000

enum call { GET, SET, LIST, CALLS };

/* Seven processes share the machine: a call stalls when it does, but not for ever. */
static const uint64_t slowest_allowed_us[CALLS] = {2000000, 2000000, 5000000};

struct shared {
    _Atomic uint16_t port[MAKERS][OPEN]; /* of the client, 0: being replaced */
    uint16_t server_port[MAKERS];
    _Atomic uint64_t made, polls, seen, compared;
    _Atomic uint64_t slowest_us[CALLS];
    _Atomic bool stop;
};

static struct shared *shared;

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Bytes that the client sends, in one segment. */
static uint32_t payload_of(uint16_t port)
{
    return 1 + port / 8;
}

static bool may_be_on(uint16_t port)
{
    return port % 4 != 3;
}

/* --- making connections --- */

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int make_listener(uint16_t *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, 13 /* TCP_CONGESTION */, "reno", 4), 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(fd, 64), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* Half of them end by a reset, so that their ports are free again at once. */
static void end_pair(int pair[2], bool reset)
{
    struct linger linger = {1, 0};

    if (reset)
        setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(pair[0]);
    close(pair[1]);
    pair[0] = pair[1] = -1;
}

static uint16_t make_pair(int listener, uint16_t server_port, int pair[2])
{
    static char data[16384];
    struct sockaddr_in to = loopback(server_port), own;
    socklen_t len = sizeof(own);
    uint16_t port;
    ssize_t size;

    pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (pair[0] < 0 || connect(pair[0], (struct sockaddr *)&to, sizeof(to)))
        return 0;
    pair[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (pair[1] < 0 || getsockname(pair[0], (struct sockaddr *)&own, &len))
        return 0;
    port = ntohs(own.sin_port);
    size = (ssize_t)payload_of(port);
    if (send(pair[0], data, (size_t)size, MSG_NOSIGNAL) != size ||
        recv(pair[1], data, (size_t)size, MSG_WAITALL) != size)
        return 0;
    return port;
}

static int make_connections(unsigned maker, int listener)
{
    int pairs[OPEN][2];

    memset(pairs, -1, sizeof(pairs));
    for (unsigned n = 0; !shared->stop; n++) {
        unsigned slot = n % OPEN;
        uint16_t port;

        atomic_store(&shared->port[maker][slot], 0);
        if (pairs[slot][0] >= 0)
            end_pair(pairs[slot], n & 1);
        port = make_pair(listener, shared->server_port[maker], pairs[slot]);
        if (!port)
            return 1;
        atomic_store(&shared->port[maker][slot], port);
        atomic_fetch_add(&shared->made, 1);
    }
    return 0;
}

/* --- reading them; a child cannot use check's assertions --- */

#define MUST(condition, ...)              \
    do {                                  \
        if (!(condition)) {               \
            fprintf(stderr, __VA_ARGS__); \
            fputc('\n', stderr);          \
            _exit(1);                     \
        }                                 \
    } while (0)

static struct tcpestats *te;

/* The newest sample of each slot's connection, by class. */
static struct tcpestats_sample last[MAKERS][OPEN][2][TCPESTATS_CLASS_COUNT];

static int timed(enum call call, uint64_t start, int result)
{
    uint64_t took = now_us() - start;

    if (took > shared->slowest_us[call])
        shared->slowest_us[call] = took;
    atomic_fetch_add(&shared->polls, 1);
    return result;
}

static void check_bytes(const struct tcpestats_sample *s, uint16_t port, bool at_client)
{
    static const unsigned out[] = {TCPESTATS_F_Data_DataBytesOut, TCPESTATS_F_Data_ThruBytesAcked};
    static const unsigned in[] = {TCPESTATS_F_Data_DataBytesIn, TCPESTATS_F_Data_ThruBytesReceived};

    for (unsigned i = 0; i < 2; i++) {
        const struct tcpestats_value *sent = &s->values[out[i] - s->first];
        const struct tcpestats_value *got = &s->values[in[i] - s->first];
        uint64_t full = payload_of(port), value = at_client ? sent->value : got->value;

        MUST((at_client ? got : sent)->value == 0, "port %u: bytes in the wrong direction", port);
        MUST(value == 0 || value == full, "port %u: %s is %llu, not %llu", port,
             tcpestats_field(at_client ? out[i] : in[i])->name, (unsigned long long)value,
             (unsigned long long)full);
        if (value)
            atomic_fetch_add(&shared->seen, 1);
    }
}

static void check_onwards(const struct tcpestats_sample *before,
                          const struct tcpestats_sample *after)
{
    if (before->cookie != after->cookie || !before->size)
        return;
    atomic_fetch_add(&shared->compared, 1);
    for (unsigned i = 0; i < after->count; i++) {
        const struct tcpestats_field *f = tcpestats_field(after->first + i);
        const struct tcpestats_value *a = &before->values[i], *b = &after->values[i];

        if (a->status != TCPESTATS_KNOWN || b->status != TCPESTATS_KNOWN)
            continue;
        if (f->kind == TCPESTATS_KIND_COUNTER || f->kind == TCPESTATS_KIND_MAXIMUM)
            MUST(b->value >= a->value, "%s went from %llu to %llu", f->name,
                 (unsigned long long)a->value, (unsigned long long)b->value);
    }
}

static void poll_one(unsigned maker, unsigned slot, bool at_client, unsigned cls)
{
    uint16_t port = shared->port[maker][slot];
    struct tcpestats_sample sample, *before = &last[maker][slot][at_client][cls];
    struct te_tuple tuple = {
        .local = {127, 0, 0, 1},
        .remote = {127, 0, 0, 1},
        .family = AF_INET,
        .local_port = at_client ? port : shared->server_port[maker],
        .remote_port = at_client ? shared->server_port[maker] : port,
    };
    struct tcpestats_conn conn = kit_conn(&tuple);
    uint64_t start;
    int rc;

    if (!port)
        return;
    if (cls != TCPESTATS_SYN_OPTS && may_be_on(port)) {
        start = now_us();
        rc = timed(SET, start, kit_set(te, &conn, cls, TCPESTATS_ON));
        MUST(rc == 0 || rc == -ENOENT || rc == -ESHUTDOWN, "set: %d", rc);
    }
    start = now_us();
    rc = timed(GET, start, kit_get(te, &conn, cls, &sample));
    MUST(rc == 0 || rc == -ENOENT || rc == -ESHUTDOWN, "get: %d", rc);
    if (rc)
        return;
    MUST(may_be_on(port) || !sample.enabled, "port %u is on", port);
    if (cls == TCPESTATS_DATA && sample.enabled)
        check_bytes(&sample, port, at_client);
    /* Who opened is part of the answer, too; but by a listener both ends may look passive. */
    if (cls == TCPESTATS_SYN_OPTS && sample.values[0].fidelity <= TCPESTATS_DERIVED)
        MUST(sample.values[0].value == at_client, "port %u: the wrong opener", port);
    check_onwards(before, &sample);
    *before = sample;
}

static int see(const struct tcpestats_conn *conn, void *arg)
{
    unsigned *count = arg;
    bool at_client = conn->remote_port == shared->server_port[0] ||
                     conn->remote_port == shared->server_port[1];
    uint16_t port = at_client ? conn->local_port : conn->remote_port;

    ++*count;
    MUST(may_be_on(port) || !conn->enabled, "in the list port %u is on", port);
    return 0;
}

static void list_all(void)
{
    uint64_t start = now_us();
    unsigned count = 0;
    int rc = timed(LIST, start, tcpestats_list(te, see, &count));

    MUST(rc == 0, "list: %d", rc);
}

static int poll_connections(unsigned poller)
{
    unsigned seed = poller + 1, descriptors = net_descriptors();
    unsigned before = 0;

    if (kit_open(&te))
        return 1;
    for (unsigned n = 0; !shared->stop; n++) {
        unsigned r = (unsigned)rand_r(&seed);
        static const unsigned classes[] = {TCPESTATS_DATA, TCPESTATS_DATA, TCPESTATS_PATH,
                                           TCPESTATS_SYN_OPTS};

        poll_one(r % MAKERS, r / 2 % OPEN, r / 1024 & 1, classes[r / 2048 % 4]);
        if (n % 256 == poller)
            list_all();
        if (n == 100) {
            /* A miss that asks about interfaces: now all is open that ever will be. */
            struct tcpestats_conn nobody = {
                .size = sizeof(nobody), .family = AF_INET, .local_port = 1, .remote_port = 1};

            MUST(tcpestats_find(te, &nobody) == -ENOENT, "who is that?");
            before = net_descriptors();
        }
    }
    MUST(!before || net_descriptors() <= before, "descriptors have become more");
    tcpestats_close(te);
    MUST(net_descriptors() == descriptors, "descriptors are left");
    return 0;
}

/* --- the test --- */

static pid_t start(int (*run)(unsigned, int), unsigned number, int fd)
{
    pid_t pid = suite_fork();

    if (!pid)
        _exit(run(number, fd));
    return pid;
}

static int run_poller(unsigned number, int fd)
{
    (void)fd;
    return poll_connections(number);
}

/* Kills a reader wherever it is, and starts the next. What it saw before counts. */
static void kill_and_replace(pid_t *victim)
{
    int status;

    kill(*victim, SIGKILL);
    ck_assert_int_eq(waitpid(*victim, &status, 0), *victim);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "ended with %x", status);
    *victim = start(run_poller, POLLERS, -1);
}

START_TEST(churn_shows_nobody_anothers_numbers)
{
    unsigned long seconds = kit_setting("CHURN_SECONDS", 10);
    pid_t pids[MAKERS + POLLERS], victim;
    int listeners[MAKERS], status = 0;
    unsigned seed = 1, kills = 0, ended = MAKERS + POLLERS;
    uint64_t start_us, rate;
    char file[128];
    struct stat st;

    if (!net_enter())
        return;
    net_run("echo '2048 65000' > /proc/sys/net/ipv4/ip_local_port_range");
    kit_begin();
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    for (unsigned i = 0; i < MAKERS; i++)
        listeners[i] = make_listener(&shared->server_port[i]);
    start_us = now_us();
    for (unsigned i = 0; i < MAKERS; i++)
        pids[i] = start(make_connections, i, listeners[i]);
    for (unsigned i = 0; i < POLLERS; i++)
        pids[MAKERS + i] = start(run_poller, i, -1);
    /* Until the time is up, or one of them has seen something. */
    victim = start(run_poller, POLLERS, -1);
    while (now_us() < start_us + seconds * 1000000 && ended == MAKERS + POLLERS) {
        usleep((useconds_t)rand_r(&seed) % 30000);
        kill_and_replace(&victim);
        kills++;
        for (unsigned i = 0; i < MAKERS + POLLERS; i++)
            if (waitpid(pids[i], &status, WNOHANG) != 0)
                ended = i;
    }
    shared->stop = true;
    ck_assert_msg(ended == MAKERS + POLLERS, "process %u ended with %x", ended, status);
    rate = shared->made * 1000000 / (now_us() - start_us);
    ck_assert_int_eq(waitpid(victim, &status, 0), victim);
    for (unsigned i = 0; i < MAKERS + POLLERS; i++) {
        pid_t pid = waitpid(pids[i], &status, 0);

        ck_assert_msg(pid == pids[i] && status == 0, "process %u ended with %x", i, status);
    }
    printf("%lu connections a second, %lu calls, %lu byte counts and %lu pairs of reads compared, "
           "%u kills\n"
           "slowest get %lu us, set %lu us, list %lu us\n",
           (unsigned long)rate, (unsigned long)shared->polls, (unsigned long)shared->seen,
           (unsigned long)shared->compared, kills, (unsigned long)shared->slowest_us[GET],
           (unsigned long)shared->slowest_us[SET], (unsigned long)shared->slowest_us[LIST]);
    if (rate < RATE_WANTED)
        printf("SKIP: this machine made %lu connections a second, not %u\n", (unsigned long)rate,
               RATE_WANTED);
    ck_assert_uint_gt(shared->seen, 1000);
    ck_assert_uint_gt(shared->compared, 100);
    for (unsigned i = 0; i < CALLS; i++)
        ck_assert_uint_lt(shared->slowest_us[i], slowest_allowed_us[i]);
    /* The dead have made room for the living. */
    snprintf(file, sizeof(file), "%s/tcpestats/memory-1", state_dir);
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_int_le(st.st_size, 4 << 20);
    kit_end();
}
END_TEST

SUITE("churn", 1800, churn_shows_nobody_anothers_numbers)
