/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer.h"

#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#define close_socket closesocket
#define pause_ms Sleep
#else
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#define close_socket close
static void pause_ms(uint32_t ms)
{
    usleep(ms * 1000);
}
#endif

union any_address {
    struct sockaddr sa;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

peer_socket peer_listen(int v6, int loopback, uint16_t port)
{
    union any_address at;
    peer_socket s = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int yes = 1;

    if (s == INVALID_SOCKET)
        return s;
    memset(&at, 0, sizeof(at));
    if (v6) {
        at.v6.sin6_family = AF_INET6;
        at.v6.sin6_port = htons(port);
        if (loopback)
            at.v6.sin6_addr.s6_addr[15] = 1;
        setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (const char *)&yes, sizeof(yes));
    } else {
        at.v4.sin_family = AF_INET;
        at.v4.sin_port = htons(port);
        at.v4.sin_addr.s_addr = loopback ? htonl(INADDR_LOOPBACK) : 0;
    }
    if (!bind(s, &at.sa, v6 ? sizeof(at.v6) : sizeof(at.v4)) && !listen(s, 64))
        return s;
    close_socket(s);
    return INVALID_SOCKET;
}

uint16_t peer_port(peer_socket listener)
{
    union any_address at;
    socklen_t size = sizeof(at);

    if (getsockname(listener, &at.sa, &size))
        return 0;
    return ntohs(at.sa.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

static int read_all(peer_socket s, char *buffer, size_t room, size_t bytes)
{
    while (bytes) {
        int got = (int)recv(s, buffer, bytes < room ? bytes : room, 0);

        if (got <= 0)
            return -1;
        bytes -= (size_t)got;
    }
    return 0;
}

static int write_all(peer_socket s, const char *buffer, size_t room, size_t bytes)
{
    while (bytes) {
        int sent = (int)send(s, buffer, bytes < room ? bytes : room, 0);

        if (sent <= 0)
            return -1;
        bytes -= (size_t)sent;
    }
    return 0;
}

static void serve_one(peer_socket s)
{
    struct request request;
    char buffer[16384];

    memset(buffer, 'p', sizeof(buffer));
    while (recv(s, (char *)&request, sizeof(request), MSG_WAITALL) == sizeof(request)) {
        pause_ms(ntohl(request.delay_ms));
        if (read_all(s, buffer, sizeof(buffer), ntohl(request.bytes)) ||
            write_all(s, buffer, sizeof(buffer), ntohl(request.answer)))
            break;
    }
    close_socket(s);
}

#ifdef _WIN32
static DWORD WINAPI serve_thread(void *arg)
{
    serve_one((peer_socket)(ULONG_PTR)arg);
    return 0;
}

static int serve_beside(peer_socket s)
{
    HANDLE thread = CreateThread(NULL, 0, serve_thread, (void *)(ULONG_PTR)s, 0, NULL);

    return thread ? !CloseHandle(thread) : -1;
}
#else
static void *serve_thread(void *arg)
{
    serve_one((peer_socket)(intptr_t)arg);
    return NULL;
}

static int serve_beside(peer_socket s)
{
    pthread_t thread;

    return pthread_create(&thread, NULL, serve_thread, (void *)(intptr_t)s) ||
           pthread_detach(thread);
}
#endif

void peer_serve(peer_socket listener)
{
    for (;;) {
        peer_socket s = accept(listener, NULL, NULL);

        if (s == INVALID_SOCKET)
            return;
        if (serve_beside(s))
            close_socket(s);
    }
}
