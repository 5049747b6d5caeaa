/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "end.h"
#include "capture.h"
#include "traffic.h"
#include "witness.h"

#include "tun.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Longer than any delayed acknowledgement and any delay or reordering of the paths. */
static const uint64_t quiet_ns = 400000000;

enum { PORT = 5001 };

static const char *const side_name[ENDS] = {"left", "right"};

/* Says where we are and, unless only telling, waits until the other end is there, too. */
static void tell(const struct end_plan *p, enum step step)
{
    char c = (char)step;

    if (write(p->rig, &c, 1) != 1)
        err(1, "telling the rig");
}

static void await(const struct end_plan *p, enum step step)
{
    char c;

    if (read(p->rig, &c, 1) != 1 || c != (char)step)
        errx(1, "the rig is gone");
}

static void meet(const struct end_plan *p, enum step step)
{
    tell(p, step);
    await(p, step);
}

static void enter(const struct end_plan *p)
{
    int fd = open(p->netns, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
        err(1, "%s", p->netns);
    close(fd);
    if (p->scenario->options.ecn) {
        fd = open("/proc/sys/net/ipv4/tcp_ecn", O_WRONLY | O_CLOEXEC);
        if (fd < 0 || dprintf(fd, "%d", p->scenario->options.ecn) < 0)
            err(1, "tcp_ecn");
        close(fd);
    }
}

static socklen_t right_address(int family, struct sockaddr_storage *a)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)a;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;

    memset(a, 0, sizeof(*a));
    a->ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        v4->sin_port = htons(PORT);
        inet_pton(AF_INET, "192.0.2.2", &v4->sin_addr);
        return sizeof(*v4);
    }
    v6->sin6_port = htons(PORT);
    inet_pton(AF_INET6, "2001:db8:7::2", &v6->sin6_addr);
    return sizeof(*v6);
}

static int make_socket(const struct end_plan *p)
{
    const struct end_options *o = &p->scenario->options;
    int fd = socket(p->scenario->family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    if (fd < 0)
        err(1, "socket");
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
        (o->rcvbuf && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &o->rcvbuf, sizeof(o->rcvbuf)) != 0))
        err(1, "setsockopt");
    if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, p->cc, (socklen_t)strlen(p->cc)) != 0)
        err(1, "congestion control %s", p->cc);
    return fd;
}

static int open_connection(const struct end_plan *p)
{
    struct sockaddr_storage a;
    socklen_t len = right_address(p->scenario->family, &a);
    int fd = make_socket(p), listener;

    if (p->side == LEFT) {
        await(p, STEP_LISTENING);
        if (connect(fd, (struct sockaddr *)&a, len) != 0)
            err(1, "connect");
        return fd;
    }
    if (bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, 1) != 0)
        err(1, "listen");
    tell(p, STEP_LISTENING);
    listener = fd;
    fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        err(1, "accept");
    close(listener);
    return fd;
}

static void wait_for_quiet(const struct capture *c)
{
    const struct timespec tick = {.tv_nsec = 10000000};

    while (clock_ns(CLOCK_REALTIME) - capture_last_ns(c) < quiet_ns)
        nanosleep(&tick, NULL);
}

static FILE *write_start(const struct end_plan *p, int fd, struct bytes_moved moved)
{
    const struct scenario *s = p->scenario;
    char name[PATH_MAX];
    int unread = 0;
    FILE *out;

    snprintf(name, sizeof(name), "%s/%s.read", p->dir, side_name[p->side]);
    out = fopen(name, "we");
    if (!out || ioctl(fd, SIOCINQ, &unread) != 0)
        err(1, "%s", name);
    fprintf(out, "end %s\nbackend %s\nscenario %s\ncc %s\n", side_name[p->side], p->backend,
            s->name, p->cc);
    fprintf(out, "app %" PRIu64 " %" PRIu64 " %d\n", moved.written, moved.read, unread);
    return out;
}

void end_run(const struct end_plan *p)
{
    const struct scenario *s = p->scenario;
    char name[PATH_MAX];
    struct capture *capture;
    struct witness *witness;
    struct bytes_moved moved;
    FILE *out;
    int fd;

    enter(p);
    snprintf(name, sizeof(name), "%s/%s.pcap", p->dir, side_name[p->side]);
    capture = capture_start(PATH_DEVICE, name);
    if (!capture)
        errx(1, "no capture");
    fd = open_connection(p);

    snprintf(name, sizeof(name), "%s/%s.state", p->dir, side_name[p->side]);
    mkdir(name, 0700);
    witness = witness_start(fd, name, p->rhythm_ms, strcmp(p->backend, "collector") == 0);
    meet(p, STEP_WATCHED);
    moved = traffic_run(fd, &s->traffic[p->side], scenario_reads(s, p->side), s->options.sip);
    wait_for_quiet(capture);
    meet(p, STEP_QUIET);

    out = write_start(p, fd, moved);
    witness_finish(witness, out);
    fprintf(out, "missed %ld\n", capture_stop(capture));
    if (fclose(out) != 0)
        err(1, "writing the reading");
    meet(p, STEP_WRITTEN);
    close(fd);
}
