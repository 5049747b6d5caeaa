/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clients that mean harm, of users that the daemon trusts, eight kinds at a time for
 * HOSTILE_SECONDS (4): meanwhile another user is served without delay, and afterwards nothing is
 * left of them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "suite.h"

#define DATA 2u
#define BADDY 5001
/* A busy machine is slow; whoever is held up waits for a minute or for ever. */
#define SLOWEST_MS 45000
#define LATE_MS 120000
#define SERVED 3 /* so often at least; hundreds of times on an idle one */

static struct daemon d;
static struct net_pair pair;
static struct te_snapshot s;

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- one round of each kind; what fails is as it may be --- */

static int knock(void)
{
    int fd = raw_connect(&d);

    if (fd < 0)
        usleep(1000);
    return fd;
}

static void garbage(unsigned n)
{
    uint8_t bytes[1024];
    int fd = knock();

    srandom(n);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)random();
    for (int i = 0; fd >= 0 && i < 4; i++)
        raw_send(fd, bytes, (size_t)random() % sizeof(bytes), NULL, 0);
    close(fd);
}

/* Good requests with one byte changed, and cut short. */
static void malformed(unsigned n)
{
    struct te_collector_request request = raw_enable(&s, DATA);
    int fd = knock();

    srandom(n);
    if (n % 2) {
        request.call = TE_COLLECTOR_HELLO;
        raw_send(fd, &request, sizeof(request), NULL, 0);
        request = raw_enable(&s, DATA);
    }
    for (int i = 0; fd >= 0 && i < 20; i++) {
        ((uint8_t *)&request)[8 + (unsigned)random() % (sizeof(request) - 8)] ^=
            (uint8_t)(1 << random() % 8);
        raw_send(fd, &request, i == 19 ? sizeof(request) - 1 : sizeof(request), NULL, 0);
    }
    close(fd);
}

static void flood(unsigned n)
{
    static int fd = -1;
    struct te_collector_request request = raw_request(TE_COLLECTOR_STATUS);
    struct te_collector_answer answer;

    (void)n;
    if (fd < 0)
        fd = knock();
    for (int i = 0; fd >= 0 && i < 16; i++)
        raw_send(fd, &request, sizeof(request), NULL, 0);
    for (int i = 0; fd >= 0 && i < 16; i++) {
        if (recv(fd, &answer, sizeof(answer), 0) <= 0) {
            close(fd);
            fd = -1;
        }
    }
}

static void descriptors(unsigned n)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_HELLO);
    int fds[253], fd = knock(), null = open("/dev/null", O_RDONLY);

    for (int i = 0; i < 253; i++)
        fds[i] = null;
    for (int i = 0; fd >= 0 && i < 8; i++)
        raw_send(fd, &request, sizeof(request), fds, n % 3 ? 253 : 2);
    close(null);
    close(fd);
}

static void deaf(unsigned n)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_STATUS);
    int fd = knock();

    (void)n;
    for (int i = 0; fd >= 0 && i < 5000; i++) {
        int status = raw_send(fd, &request, sizeof(request), NULL, 0);

        if (status == -EAGAIN)
            usleep(100);
        else if (status)
            break;
    }
    close(fd);
}

static void half_closed(unsigned n)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_STATUS);
    int fd = knock();

    if (fd < 0)
        return;
    raw_send(fd, &request, sizeof(request), NULL, 0);
    shutdown(fd, n % 2 ? SHUT_WR : SHUT_RD);
    usleep(n % 7 * 300);
    close(fd);
}

static void vanishing(unsigned n)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_HELLO);

    (void)n;
    for (int i = 0; i < 10; i++) {
        int fd = knock();

        raw_send(fd, &request, sizeof(request), NULL, 0);
        close(fd);
    }
}

/* A TCP socket whose last close() takes a minute, since there is data that nobody takes. */
static int lingering(const struct sockaddr_in *to)
{
    static char data[1 << 16];
    const struct linger linger = {1, 60};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    connect(fd, (const struct sockaddr *)to, sizeof(*to));
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    for (int i = 0; i < 1000 && send(fd, data, sizeof(data), MSG_NOSIGNAL) >= 0; i++)
        ;
    return fd;
}

/* Some that are read, or in the same connection many that never are. */
static void clinging(unsigned n)
{
    static int listener = -1;
    struct te_collector_request request = raw_request(TE_COLLECTOR_HELLO);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    socklen_t len = sizeof(address);
    pid_t pid;

    if (listener < 0) {
        listener = socket(AF_INET, SOCK_STREAM, 0);
        bind(listener, (struct sockaddr *)&address, len);
        listen(listener, 1000);
    }
    getsockname(listener, (struct sockaddr *)&address, &len);
    /* What a process leaves behind when it ends does not linger: only the daemon's will. */
    pid = fork();
    if (!pid) {
        int fd = knock();

        if (n % 2)
            raw_send(fd, "x", 1, NULL, 0);
        for (int i = 0; fd >= 0 && i < 3; i++) {
            int socket = lingering(&address);

            raw_send(fd, &request, sizeof(request), &socket, 1);
        }
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

static void (*const kinds[])(unsigned n) = {garbage, malformed,   flood,     descriptors,
                                            deaf,    half_closed, vanishing, clinging};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static unsigned kind;

static int harm(void *arg)
{
    (void)arg;
    alarm(600);
    for (unsigned n = 0;; n++)
        kinds[kind](n);
    return 0;
}

static pid_t start(gid_t gid)
{
    pid_t pid = suite_fork();

    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        _exit(as_user(BADDY + kind, gid, NULL, 0, harm, NULL));
    }
    return pid;
}

START_TEST(nobody_else_suffers_and_nothing_is_left)
{
    const char *setting = getenv("HOSTILE_SECONDS");
    uint64_t end, slowest = 0;
    unsigned fds, memory, served = 0, seconds = setting ? (unsigned)atoi(setting) : 4;
    struct te_collector_request disable;
    struct te_collector_answer answer;
    pid_t pids[KINDS];
    int fd;

    daemon_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    s = snapshot_of(&pair.client_tuple);
    daemon_start(&d, "--group=users", NULL);
    fd = raw_hello(&d);
    disable = raw_enable(&s, DATA);
    disable.call = TE_COLLECTOR_DISABLE;
    /* What is allocated once is allocated now. */
    ck_assert_int_eq(raw_ask(fd, &disable, &answer), 0);
    for (int i = 0; i < 100; i++)
        close(raw_hello(&d));
    AWAIT(daemon_status(&d).clients == 2);
    fds = daemon_descriptors(&d);
    memory = daemon_memory(&d);
    for (kind = 0; kind < KINDS; kind++)
        pids[kind] = start(getgrnam("users")->gr_gid);
    for (end = now_ms() + seconds * 1000;
         now_ms() < end || (served < SERVED && now_ms() < end + LATE_MS); served++) {
        struct te_collector_request request = raw_enable(&s, DATA);
        uint64_t begin = now_ms(), took;
        int fresh = raw_hello(&d);

        ck_assert_int_eq(raw_ask(fresh, &request, &answer), 0);
        ck_assert_int_eq(raw_ask(fd, &disable, &answer), 0);
        close(fresh);
        took = now_ms() - begin;
        if (took > slowest)
            slowest = took;
        usleep(2000);
    }
    for (kind = 0; kind < KINDS; kind++) {
        kill(-pids[kind], SIGKILL);
        kill(pids[kind], SIGKILL);
        waitpid(pids[kind], NULL, 0);
    }
    printf("served %u times, the slowest took %u ms\n", served, (unsigned)slowest);
    ck_assert_uint_lt(slowest, SLOWEST_MS);
    ck_assert_uint_ge(served, SERVED);
    /* What they have enabled is gone with the connection. */
    net_close(&pair);
    AWAIT(daemon_status(&d).clients == 2);
    AWAIT(daemon_descriptors(&d) <= fds);
    printf("memory: %u KiB, then %u KiB\n", memory, daemon_memory(&d));
    if (!getenv("ASAN_OPTIONS")) /* which keeps what is freed */
        ck_assert_uint_le(daemon_memory(&d), memory + 512);
    AWAIT(daemon_status(&d).in_use == 0);
    close(fd);
    daemon_end(&d);
}
END_TEST

SUITE("collector-hostile", 600, nobody_else_suffers_and_nothing_is_left)
