/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the program with the kernel's socket does. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"

static const struct socket_option socket_options[] = {
    {"rcvbuf", SOL_SOCKET, SO_RCVBUF},
    {"sndbuf", SOL_SOCKET, SO_SNDBUF},
    {"nodelay", IPPROTO_TCP, TCP_NODELAY},
    {"maxseg", IPPROTO_TCP, TCP_MAXSEG},
    {"window-clamp", IPPROTO_TCP, TCP_WINDOW_CLAMP},
    {"cork", IPPROTO_TCP, TCP_CORK},
    {"quickack", IPPROTO_TCP, TCP_QUICKACK},
};

static void apply_option(struct rig *rig, const struct socket_option *o, int value)
{
    if (setsockopt(rig->sock.listener >= 0 ? rig->sock.listener : rig->sock.fd, o->level, o->option,
                   &value, sizeof(value)) != 0)
        fail(rig, "%s: %s", o->name, strerror(errno));
}

static void socket_option(struct rig *rig, struct step *step)
{
    const char *name = need_word(rig, "option");
    int value = (int)need_number(rig);
    unsigned i;

    (void)step;
    for (i = 0; i < sizeof(socket_options) / sizeof(socket_options[0]); i++)
        if (strcmp(socket_options[i].name, name) == 0)
            break;
    if (i == sizeof(socket_options) / sizeof(socket_options[0]))
        fail(rig, "no such option: %s", name);
    if (rig->sock.fd >= 0) {
        apply_option(rig, &socket_options[i], value);
        return;
    }
    if (rig->sock.option_count == OPTIONS_MAX)
        fail(rig, "too many options");
    rig->sock.options[rig->sock.option_count].option = &socket_options[i];
    rig->sock.options[rig->sock.option_count++].value = value;
}

static void socket_cc(struct rig *rig, struct step *step)
{
    (void)step;
    snprintf(rig->sock.cc, sizeof(rig->sock.cc), "%s", need_word(rig, "congestion control"));
}

static void socket_write(struct rig *rig, struct step *step)
{
    static uint8_t buf[65536];
    uint64_t left = need_number(rig), i;

    (void)step;
    while (left) {
        size_t chunk = left < sizeof(buf) ? left : sizeof(buf);
        ssize_t n;

        for (i = 0; i < chunk; i++)
            buf[i] = pattern(rig->sock.written + i);
        n = send(rig->sock.fd, buf, chunk, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0)
            fail(rig, "send: %s", strerror(errno));
        rig->sock.written += (uint64_t)n;
        left -= (uint64_t)n;
    }
    peer_pump(rig, 0);
}

static void socket_read(struct rig *rig, struct step *step)
{
    static uint8_t buf[65536];
    uint64_t left = need_number(rig);
    ssize_t n, i;

    (void)step;
    while (left) {
        n = recv(rig->sock.fd, buf, left < sizeof(buf) ? left : sizeof(buf), MSG_DONTWAIT);
        if (n <= 0)
            fail(rig, "recv: %s", n ? strerror(errno) : "end of stream");
        for (i = 0; i < n; i++)
            if (buf[i] != pattern(rig->sock.read + (uint64_t)i))
                fail(rig, "read something else than the peer sent");
        rig->sock.read += (uint64_t)n;
        left -= (uint64_t)n;
    }
    peer_pump(rig, 0);
}

static void socket_eof(struct rig *rig, struct step *step)
{
    uint8_t byte;

    (void)step;
    if (recv(rig->sock.fd, &byte, 1, MSG_DONTWAIT) != 0)
        fail(rig, "the stream has not ended");
}

static void socket_shutdown(struct rig *rig, struct step *step)
{
    (void)step;
    if (shutdown(rig->sock.fd, SHUT_WR) != 0)
        fail(rig, "shutdown: %s", strerror(errno));
    peer_pump(rig, 0);
}

static void socket_close(struct rig *rig, struct step *step)
{
    (void)step;
    close(rig->sock.fd);
    rig->sock.fd = -1;
    peer_pump(rig, 0);
}

void socket_finish(struct rig *rig)
{
    if (rig->sock.fd >= 0)
        close(rig->sock.fd);
    close(rig->tun.fd);
}

const struct command socket_commands[] = {
    {"socket cc", socket_cc, false},      {"socket option", socket_option, false},
    {"socket write", socket_write, true}, {"socket read", socket_read, true},
    {"socket eof", socket_eof, false},    {"socket shutdown", socket_shutdown, true},
    {"socket close", socket_close, true}, {NULL, NULL, false},
};
