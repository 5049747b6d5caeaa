/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pair [-6 | -m | -l ADDRESS%IFACE] [-d DEVICE] [-n CONNECTIONS] [-p PORT] [-r BYTES_PER_SECOND]
 * [BYTES_OUT [BYTES_IN]]: opens TCP connections over loopback, sends so many bytes either way on
 * each, and prints "LOCAL-REMOTE" of the connecting end of each, then of the accepting end, as
 * tcpestats wants them. Waits until stdin ends, with -r sending from the last connecting end
 * meanwhile. -6: ::1; -l: that link-local address; -m: the connecting end is IPv4, the accepting
 * one an IPv6 socket; -d: the connecting end is bound to that device; -p: the port that is listened
 * on, the one connection comes from the next. What it prints is of connections at rest: all that
 * was sent has been acknowledged.
 *
 * Congestion control is pinned: what the tests expect must not depend on the machine's default.
 */
#include <arpa/inet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAIRS_MAX 200
#define TICKS 20 /* per second */

static char chunk[65536];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int open_socket(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    if (fd < 0)
        die("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4))
        die("TCP_CONGESTION");
    return fd;
}

/* Sends and receives alternately, so that no buffer has to hold it all. */
static void transfer(int from, int to, size_t bytes)
{
    size_t sent = 0, received = 0;

    while (received < bytes) {
        size_t part = bytes - sent < sizeof(chunk) ? bytes - sent : sizeof(chunk);
        ssize_t n;

        if (part && (n = send(from, chunk, part, MSG_DONTWAIT)) > 0)
            sent += (size_t)n;
        n = recv(to, chunk, sizeof(chunk), sent < bytes ? MSG_DONTWAIT : 0);
        if (!n)
            die("recv");
        received += n > 0 ? (size_t)n : 0;
    }
}

/* The last acknowledgements may be delayed. */
static void await_rest(int fd)
{
    int waiting;

    while (!ioctl(fd, SIOCOUTQ, &waiting) && waiting)
        usleep(5000);
}

static void print_tuple(int fd)
{
    struct sockaddr_storage ends[2];
    char text[INET6_ADDRSTRLEN];

    for (int i = 0; i < 2; i++) {
        socklen_t length = sizeof(ends[i]);
        struct sockaddr_in *v4 = (struct sockaddr_in *)&ends[i];
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ends[i];

        if (i ? getpeername(fd, (struct sockaddr *)&ends[i], &length)
              : getsockname(fd, (struct sockaddr *)&ends[i], &length))
            die("getsockname");
        if (ends[i].ss_family == AF_INET) {
            inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
            printf("%s%s:%u", i ? "-" : "", text, ntohs(v4->sin_port));
        } else {
            inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
            printf("%s[%s", i ? "-" : "", text);
            if (!i && v6->sin6_scope_id)
                printf("%%%s", if_indextoname(v6->sin6_scope_id, text));
            printf("]:%u", ntohs(v6->sin6_port));
        }
    }
    putchar('\n');
}

/* Paced sending until stdin ends. */
static void pace(int from, int to, size_t rate)
{
    struct pollfd stdin_fd = {0, POLLIN, 0};
    struct timespec start, now;
    size_t sent = 0;

    clock_gettime(CLOCK_MONOTONIC, &start);
    while (!poll(&stdin_fd, 1, 1000 / TICKS)) {
        double elapsed;
        size_t due;

        clock_gettime(CLOCK_MONOTONIC, &now);
        elapsed = (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9;
        due = (size_t)(elapsed * (double)rate);
        transfer(from, to, due - sent);
        sent = due;
    }
}

static void link_local(char *text, struct sockaddr_in6 *address)
{
    char *percent = strchr(text, '%');

    if (!percent)
        exit(2);
    *percent = 0;
    if (inet_pton(AF_INET6, text, &address->sin6_addr) != 1)
        exit(2);
    address->sin6_scope_id = if_nametoindex(percent + 1);
}

int main(int argc, char **argv)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr *to = (struct sockaddr *)&v4;
    socklen_t length = sizeof(v4);
    bool mapped = false, six;
    int fds[PAIRS_MAX][2], count = 1, port = 0, listener, option;
    const char *device = NULL;
    struct sockaddr_in from;
    size_t rate = 0, out, in;

    while ((option = getopt(argc, argv, "6d:ml:n:p:r:")) != -1) {
        if (option == '6')
            v6.sin6_addr = in6addr_loopback;
        else if (option == 'd')
            device = optarg;
        else if (option == 'l')
            link_local(optarg, &v6);
        else if (option == 'm')
            mapped = true;
        else if (option == 'n')
            count = atoi(optarg);
        else if (option == 'p')
            port = atoi(optarg);
        else if (option == 'r')
            rate = strtoul(optarg, NULL, 10);
        else
            return 2;
    }
    out = optind < argc ? strtoul(argv[optind], NULL, 10) : 0;
    in = optind + 1 < argc ? strtoul(argv[optind + 1], NULL, 10) : 0;
    if (count < 1 || count > PAIRS_MAX)
        return 2;
    v4.sin_port = htons((uint16_t)port);
    from = v4;
    from.sin_port = htons((uint16_t)(port + 1));
    alarm(1500); /* no test leaves it behind, nor lasts longer */
    six = !IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
    if (six || mapped) {
        listener = open_socket(AF_INET6);
        length = sizeof(v6);
        if (bind(listener, (struct sockaddr *)&v6, length) ||
            getsockname(listener, (struct sockaddr *)&v6, &length))
            die("bind");
        v4.sin_port = v6.sin6_port;
        if (six)
            to = (struct sockaddr *)&v6;
        else
            length = sizeof(v4);
    } else {
        listener = open_socket(AF_INET);
        if (bind(listener, to, length) || getsockname(listener, to, &length))
            die("bind");
    }
    if (listen(listener, PAIRS_MAX))
        die("listen");
    for (int i = 0; i < count; i++) {
        fds[i][0] = open_socket(to->sa_family);
        if (device &&
            setsockopt(fds[i][0], SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)))
            die("SO_BINDTODEVICE");
        if (port && bind(fds[i][0], (struct sockaddr *)&from, sizeof(from)))
            die("bind");
        if (connect(fds[i][0], to, length))
            die("connect");
        fds[i][1] = accept(listener, NULL, NULL);
        if (fds[i][1] < 0)
            die("accept");
        transfer(fds[i][0], fds[i][1], out);
        transfer(fds[i][1], fds[i][0], in);
    }
    for (int i = 0; i < 2 * count; i++)
        await_rest(fds[i / 2][i % 2]);
    for (int i = 0; i < count; i++) {
        print_tuple(fds[i][0]);
        print_tuple(fds[i][1]);
    }
    fflush(stdout);
    if (rate)
        pace(fds[count - 1][0], fds[count - 1][1], rate);
    while (read(0, chunk, sizeof(chunk)) > 0)
        ;
    return 0;
}
