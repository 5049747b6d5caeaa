/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "endpoint.h"

#include <err.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct addrinfo *resolve(const char *address, const char *port, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | flags};
    struct addrinfo *info;
    int failed = getaddrinfo(address, port, &hints, &info);

    if (failed)
        errx(2, "%s %s: %s", address, port, gai_strerror(failed));
    return info;
}

/* "name": "ADDRESS", "name_port": PORT */
static void print_end(const char *name, int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    char host[NI_MAXHOST], port[NI_MAXSERV];

    if (get(fd, (struct sockaddr *)&a, &len) != 0 ||
        getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    printf(", \"%s\": \"%s\", \"%s_port\": %s", name, host, name, port);
}

static int local_end(int fd, struct sockaddr *a, socklen_t *len)
{
    return getsockname(fd, a, len);
}

static int remote_end(int fd, struct sockaddr *a, socklen_t *len)
{
    return getpeername(fd, a, len);
}

static void set_option(int fd, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof(value)) != 0)
        err(1, "setsockopt");
}

static int make_socket(int family, const struct socket_options *o)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        err(1, "socket");
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (o->cc && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->cc, strlen(o->cc)) != 0)
        err(1, "congestion control %s", o->cc);
    if (o->sndbuf)
        set_option(fd, SOL_SOCKET, SO_SNDBUF, o->sndbuf);
    if (o->rcvbuf)
        set_option(fd, SOL_SOCKET, SO_RCVBUF, o->rcvbuf);
    if (o->pace && setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &o->pace, sizeof(o->pace)) != 0)
        err(1, "SO_MAX_PACING_RATE");
    if (o->mss)
        set_option(fd, IPPROTO_TCP, TCP_MAXSEG, o->mss);
    if (o->nodelay)
        set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    return fd;
}

int endpoint_serve(const char *address, const char *port, const struct socket_options *o)
{
    struct addrinfo *info = resolve(address, port, AI_PASSIVE);
    int listener = make_socket(info->ai_family, o), fd;

    if (bind(listener, info->ai_addr, info->ai_addrlen) != 0 || listen(listener, 1) != 0)
        err(1, "listening on %s %s", address, port);
    freeaddrinfo(info);
    printf("{\"event\": \"listening\"");
    print_end("local", listener, local_end);
    printf("}\n");
    fflush(stdout);
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        err(1, "accept");
    close(listener);
    return fd;
}

int endpoint_call(const char *address, const char *port, char *local,
                  const struct socket_options *o)
{
    struct addrinfo *info = resolve(address, port, 0), *from;
    int fd = make_socket(info->ai_family, o);

    if (local) {
        char *local_port = strchr(local, ',');

        if (local_port)
            *local_port++ = 0;
        from = resolve(local, local_port ? local_port : "0", 0);
        if (bind(fd, from->ai_addr, from->ai_addrlen) != 0)
            err(1, "binding to %s", local);
        freeaddrinfo(from);
    }
    if (connect(fd, info->ai_addr, info->ai_addrlen) != 0)
        err(1, "connecting to %s %s", address, port);
    freeaddrinfo(info);
    return fd;
}

void endpoint_print(int fd)
{
    print_end("local", fd, local_end);
    print_end("remote", fd, remote_end);
}
