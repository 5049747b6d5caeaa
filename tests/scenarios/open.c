/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handshake, in both directions. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"

enum { PORT_KERNEL = 40000, PORT_PEER = 80, ISN_DEFAULT = 1000000, PATIENCE_US = 10000000 };

static socklen_t socket_address(const struct rig *rig, bool kernel, struct sockaddr_storage *a)
{
    const struct endpoints *e = &rig->peer.ends;
    struct sockaddr_in *v4 = (struct sockaddr_in *)a;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;
    const uint8_t *bytes = kernel ? e->kernel : e->peer;
    uint16_t port = htons(kernel ? e->kernel_port : e->peer_port);

    memset(a, 0, sizeof(*a));
    if (e->family == 4) {
        v4->sin_family = AF_INET;
        v4->sin_port = port;
        memcpy(&v4->sin_addr, bytes, 4);
        return sizeof(*v4);
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = port;
    memcpy(&v6->sin6_addr, bytes, 16);
    return sizeof(*v6);
}

/* A v6 address is tentative until a worker of the kernel has looked at it. */
static bool bind_patiently(int fd, const struct sockaddr_storage *a, socklen_t len)
{
    uint64_t until = now_us() + PATIENCE_US;

    while (bind(fd, (const struct sockaddr *)a, len) != 0) {
        if (errno != EADDRNOTAVAIL || now_us() > until)
            return false;
        usleep(2000);
    }
    return true;
}

static int make_socket(struct rig *rig, unsigned type)
{
    struct sockaddr_storage a;
    socklen_t len = socket_address(rig, true, &a);
    int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | (int)type, 0), on = 1;
    unsigned i;

    if (fd < 0)
        fail(rig, "socket: %s", strerror(errno));
    if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, rig->sock.cc,
                   (socklen_t)strlen(rig->sock.cc)) != 0)
        skip("no %s: %s", rig->sock.cc, strerror(errno));
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        !bind_patiently(fd, &a, len))
        fail(rig, "bind: %s", strerror(errno));
    for (i = 0; i < rig->sock.option_count; i++) {
        const struct socket_option *o = rig->sock.options[i].option;

        if (setsockopt(fd, o->level, o->option, &rig->sock.options[i].value, sizeof(int)) != 0)
            fail(rig, "%s: %s", o->name, strerror(errno));
    }
    return fd;
}

static void name_ends(struct rig *rig)
{
    struct endpoints *e = &rig->peer.ends;

    e->family = (uint8_t)rig->family;
    e->kernel_port = PORT_KERNEL;
    e->peer_port = PORT_PEER;
    inet_pton(rig->family == 4 ? AF_INET : AF_INET6,
              rig->family == 4 ? "192.0.2.1" : "2001:db8:7::1", e->kernel);
    inet_pton(rig->family == 4 ? AF_INET : AF_INET6,
              rig->family == 4 ? "192.0.2.2" : "2001:db8:7::2", e->peer);
}

static const struct tcp_packet *need_packet(struct rig *rig, uint8_t flags, const char *what)
{
    const struct tcp_packet *p = peer_next(rig, PATIENCE_US);

    if (!p || (p->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) != flags)
        fail(rig, "no %s from the kernel", what);
    return p;
}

static void take_syn(struct rig *rig, uint8_t flags)
{
    const struct tcp_packet *p = need_packet(rig, flags, flags & TCP_ACK ? "SYN-ACK" : "SYN");

    rig->peer.theirs = p->options;
    rig->peer.their_flags = p->flags;
    rig->peer.ack = p->seq + 1;
}

static void send_syn(struct rig *rig, uint8_t flags)
{
    struct tcp_packet p = {.seq = rig->peer.isn, .flags = flags, .options = rig->peer.syn};

    if (flags & TCP_ACK) {
        p.ack = rig->peer.ack;
        p.flags |= rig->peer.ecn ? TCP_ECE : 0;
    } else {
        p.flags |= rig->peer.ecn ? TCP_ECE | TCP_CWR : 0;
    }
    p.options.tsval = (uint32_t)(now_us() / 1000);
    p.options.tsecr = rig->peer.ts_recent;
    peer_send(rig, &p);
}

static void await(struct rig *rig, int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    if (poll(&p, 1, PATIENCE_US / 1000) != 1)
        fail(rig, "the handshake does not end");
}

struct opening {
    uint64_t delay_us; /* before the peer answers */
    unsigned lose;     /* so many SYNs or SYN-ACKs of the kernel are lost */
    bool early;        /* switch everything on while the SYN is out */
};

static void open_active(struct rig *rig, const struct opening *how)
{
    struct sockaddr_storage a;
    socklen_t len = socket_address(rig, false, &a);
    struct moment opened, answered;
    int error = 0;
    unsigned i;
    socklen_t error_len = sizeof(error);

    rig->sock.fd = make_socket(rig, SOCK_NONBLOCK);
    opened.before_us = now_us();
    if (connect(rig->sock.fd, (struct sockaddr *)&a, len) != 0 && errno != EINPROGRESS)
        fail(rig, "connect: %s", strerror(errno));
    opened.after_us = now_us();
    for (i = 0; i <= how->lose; i++)
        take_syn(rig, TCP_SYN);
    if (how->early) {
        stats_name_connection(rig);
        stats_enable_all(rig);
    }
    peer_idle(rig, how->delay_us);
    answered.before_us = now_us();
    send_syn(rig, TCP_SYN | TCP_ACK);
    answered.after_us = now_us();
    set_mark(rig, "opened", opened);
    set_mark(rig, "answered", answered);
    need_packet(rig, TCP_ACK, "ACK");
    await(rig, rig->sock.fd, POLLOUT);
    if (getsockopt(rig->sock.fd, SOL_SOCKET, SO_ERROR, &error, &error_len) != 0 || error)
        fail(rig, "connect: %s", strerror(error));
}

static void send_handshake_ack(struct rig *rig)
{
    struct peer *peer = &rig->peer;
    struct tcp_packet p = {.seq = peer->isn + 1,
                           .ack = peer->ack,
                           .flags = TCP_ACK,
                           .options = {.mss = -1, .wscale = -1, .ts = peer->syn.ts}};

    p.options.tsval = (uint32_t)(now_us() / 1000);
    p.options.tsecr = peer->ts_recent;
    peer_send(rig, &p);
}

static void open_passive(struct rig *rig, const struct opening *how)
{
    struct moment opened, answered;
    unsigned i;

    rig->sock.listener = make_socket(rig, 0);
    if (listen(rig->sock.listener, 1) != 0)
        fail(rig, "listen: %s", strerror(errno));
    opened.before_us = now_us();
    send_syn(rig, TCP_SYN);
    opened.after_us = now_us();
    for (i = 0; i <= how->lose; i++)
        take_syn(rig, TCP_SYN | TCP_ACK);
    peer_idle(rig, how->delay_us);
    answered.before_us = now_us();
    send_handshake_ack(rig);
    answered.after_us = now_us();
    set_mark(rig, "opened", opened);
    set_mark(rig, "answered", answered);
    await(rig, rig->sock.listener, POLLIN);
    rig->sock.fd = accept4(rig->sock.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (rig->sock.fd < 0)
        fail(rig, "accept: %s", strerror(errno));
    close(rig->sock.listener);
    rig->sock.listener = -1;
}

static void forget_connection(struct rig *rig)
{
    struct peer *peer = &rig->peer;

    memset(&peer->wire, 0, sizeof(peer->wire));
    memset(rig->stats.seen, 0, sizeof(rig->stats.seen));
    rig->sock.written = rig->sock.read = 0;
    peer->ts_recent = 0;
    peer->syn = (struct tcp_options){.mss = -1, .wscale = -1};
    peer->ecn = false;
    if (!peer->isn)
        peer->isn = ISN_DEFAULT;
    if (!peer->window)
        peer->window = 65535;
}

static void open_command(struct rig *rig, struct step *step)
{
    struct peer *peer = &rig->peer;
    const char *side = need_word(rig, "active or passive");
    struct opening how = {0};
    bool off = false;

    if (rig->sock.fd >= 0)
        fail(rig, "a connection is open");
    forget_connection(rig);
    name_ends(rig);
    peer->active = strcmp(side, "active") == 0;
    if (!peer->active && strcmp(side, "passive") != 0)
        fail(rig, "active or passive expected");
    while (step_peek(step)) {
        if (step_take(step, "mss"))
            peer->syn.mss = (int)need_number(rig);
        else if (step_take(step, "wscale"))
            peer->syn.wscale = (int)need_number(rig);
        else if (step_take(step, "sack"))
            peer->syn.sack_ok = true;
        else if (step_take(step, "ts"))
            peer->syn.ts = true;
        else if (step_take(step, "ecn"))
            peer->ecn = true;
        else if (step_take(step, "delay"))
            how.delay_us = need_time(rig);
        else if (step_take(step, "lose"))
            how.lose = (unsigned)need_number(rig);
        else if (step_take(step, "early"))
            how.early = true;
        else if (step_take(step, "off"))
            off = true;
        else
            return;
    }
    if (peer->active)
        open_active(rig, &how);
    else
        open_passive(rig, &how);
    stats_name_connection(rig);
    if (!off && !how.early)
        stats_enable_all(rig);
}

const struct command open_commands[] = {
    {"open", open_command, true},
    {NULL, NULL, false},
};
