/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ends [-w MS] [-r MS] COUNT [PER_SECOND]: makes so many connections over loopback, one after the
 * other, and closes each at once, without a pause or at that pace; prints how many, and in how many
 * milliseconds. -w: not before it has lasted so long; -r: the accepting end aborts, and so long
 * after that the other one closes.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static bool aborts;
static unsigned wait_ms, keep_ms;

/* The other end closes first, so that no local port has to wait. */
static void make_one(int listener, const struct sockaddr_in *address)
{
    static const struct linger at_once = {1, 0};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;
    char c;

    if (client < 0 || connect(client, (const struct sockaddr *)address, sizeof(*address)) != 0)
        err(1, "connect");
    server = accept(listener, NULL, NULL);
    if (server < 0)
        err(1, "accept");
    usleep(wait_ms * 1000);
    if (send(client, "x", 1, 0) != 1 || read(server, &c, 1) != 1)
        err(1, "transfer");
    if (aborts && setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) != 0)
        err(1, "SO_LINGER");
    close(server);
    if ((read(client, &c, 1) != 0) != aborts)
        err(1, "read");
    if (aborts)
        usleep(keep_ms * 1000);
    close(client);
}

static long long now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    int count, pace, option, listener = socket(AF_INET, SOCK_STREAM, 0);
    long long start = now_us();

    while ((option = getopt(argc, argv, "r:w:")) != -1) {
        aborts |= option == 'r';
        if (option == 'w')
            wait_ms = (unsigned)atoi(optarg);
        else if (option == 'r')
            keep_ms = (unsigned)atoi(optarg);
    }
    count = optind < argc ? atoi(argv[optind]) : 0;
    pace = optind + 1 < argc ? atoi(argv[optind + 1]) : 0;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        err(1, "listen");
    for (int i = 0; i < count; i++) {
        while (pace > 0 && now_us() - start < i * 1000000LL / pace)
            usleep(1000);
        make_one(listener, &address);
    }
    printf("%d %lld\n", count, (now_us() - start) / 1000);
    return 0;
}
