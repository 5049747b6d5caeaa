/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conns.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PER_HOLDER = 2500, BURST = 20, PAUSE_MS = 1 };

/* Called in a holder: two descriptors each, and a few. */
static void allow_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int listen_somewhere(struct sockaddr_in *a)
{
    socklen_t len = sizeof(*a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    *a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)a, len) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)a, &len) != 0)
        err(1, "listening");
    return fd;
}

/* fd[0] connects, fd[1] accepts. */
static struct ports join(int listener, const struct sockaddr_in *to, int fd[2])
{
    static const struct linger reset = {1, 0};
    struct sockaddr_in from;
    socklen_t len = sizeof(from);

    fd[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (fd[0] < 0 || setsockopt(fd[0], IPPROTO_TCP, TCP_CONGESTION, "reno", 4) != 0 ||
        connect(fd[0], (const struct sockaddr *)to, sizeof(*to)) != 0 ||
        getsockname(fd[0], (struct sockaddr *)&from, &len) != 0)
        err(1, "connecting");
    fd[1] = accept(listener, NULL, NULL);
    if (fd[1] < 0)
        err(1, "accepting");
    setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    return (struct ports){ntohs(from.sin_port), ntohs(to->sin_port)};
}

static void write_all(int fd, const void *data, size_t len)
{
    const char *p = data;

    while (len) {
        ssize_t n = write(fd, p, len);

        if (n <= 0)
            _exit(1);
        p += n;
        len -= (size_t)n;
    }
}

static void read_all(int fd, void *data, size_t len)
{
    char *p = data;

    while (len) {
        ssize_t n = read(fd, p, len);

        if (n <= 0)
            errx(1, "a process that holds connections died");
        p += n;
        len -= (size_t)n;
    }
}

static void hold(int control, unsigned count)
{
    struct sockaddr_in to;
    int listener, fd[2];
    char c;

    allow_files();
    listener = listen_somewhere(&to);
    for (unsigned i = 0; i < count; i++) {
        struct ports ports = join(listener, &to, fd);

        write_all(control, &ports, sizeof(ports));
    }
    while (read(control, &c, 1) < 0 && errno == EINTR)
        ;
}

/* Of each connection that chatters one end writes 1,000 bytes, a hundred times a second. */
enum { CHATTERING = 50, CHATTER_MS = 10 };

static void chatter(int control, unsigned count)
{
    struct pollfd end = {control, POLLIN, 0};
    struct sockaddr_in to;
    char message[1000] = {0};
    int listener, fd[CHATTERING][2], rest[2];

    allow_files();
    listener = listen_somewhere(&to);
    for (unsigned i = 0; i < count; i++) {
        struct ports ports = join(listener, &to, i < CHATTERING ? fd[i] : rest);

        write_all(control, &ports, sizeof(ports));
    }
    while (poll(&end, 1, CHATTER_MS) == 0)
        for (unsigned i = 0; i < CHATTERING && i < count; i++) {
            write_all(fd[i][0], message, sizeof(message));
            read_all(fd[i][1], message, sizeof(message));
        }
}

static void chat(int control, unsigned count)
{
    struct pollfd end = {control, POLLIN, 0};
    struct sockaddr_in to;
    struct ports ports;
    char message[100] = {0};
    int listener = listen_somewhere(&to), fd[2], one = 1;

    (void)count;
    ports = join(listener, &to, fd);
    setsockopt(fd[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(fd[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    write_all(control, &ports, sizeof(ports));
    while (poll(&end, 1, PAUSE_MS) == 0) {
        for (int i = 0; i < BURST; i++) {
            write_all(fd[i & 1], message, sizeof(message));
            read_all(fd[~i & 1], message, sizeof(message));
        }
    }
}

/* Starts a process that makes count connections and tells their ports. */
static void start_holder(struct conns *conns, unsigned count, void (*work)(int, unsigned))
{
    unsigned i = conns->holder_count++;
    int pair[2];

    conns->holders = realloc(conns->holders, conns->holder_count * sizeof(int));
    conns->pids = realloc(conns->pids, conns->holder_count * sizeof(int));
    conns->ports = realloc(conns->ports, (conns->count + count) * sizeof(struct ports));
    if (!conns->holders || !conns->pids || !conns->ports)
        err(1, NULL);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        err(1, "socketpair");
    conns->pids[i] = fork();
    if (conns->pids[i] < 0)
        err(1, "fork");
    if (conns->pids[i] == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(pair[0]);
        for (unsigned j = 0; j < i; j++)
            close(conns->holders[j]);
        work(pair[1], count);
        _exit(0);
    }
    close(pair[1]);
    conns->holders[i] = pair[0];
    read_all(pair[0], conns->ports + conns->count, count * sizeof(struct ports));
    conns->count += count;
}

void conns_open(struct conns *conns, unsigned count)
{
    memset(conns, 0, sizeof(*conns));
    while (count) {
        unsigned part = count < PER_HOLDER ? count : PER_HOLDER;

        start_holder(conns, part, hold);
        count -= part;
    }
}

void conns_open_chattering(struct conns *conns, unsigned count)
{
    memset(conns, 0, sizeof(*conns));
    start_holder(conns, count, chatter);
}

void conns_open_busy(struct conns *conns)
{
    memset(conns, 0, sizeof(*conns));
    start_holder(conns, 1, chat);
}

struct ports conns_open_own(int fd[2])
{
    struct sockaddr_in to;
    int listener = listen_somewhere(&to);
    struct ports ports = join(listener, &to, fd);

    close(listener);
    return ports;
}

void conns_close(struct conns *conns)
{
    for (unsigned i = 0; i < conns->holder_count; i++)
        close(conns->holders[i]);
    for (unsigned i = 0; i < conns->holder_count; i++)
        waitpid(conns->pids[i], NULL, 0);
    free(conns->holders);
    free(conns->pids);
    free(conns->ports);
    memset(conns, 0, sizeof(*conns));
}
