/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * path-relay: an emulated network path between two network namespaces, in user space.
 *
 * Each namespace holds a TUN device; what comes out of one goes through that direction's
 * impairments into a time-ordered queue and out of the other. Needs neither netem nor any module,
 * only the right to make a TUN device: root, or root of a user namespace (unshare -Ur).
 */
#include "impair.h"
#include "queue.h"
#include "tun.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { LEFT, RIGHT, SIDES };
enum { PACKET_MAX = 65535, BURST = 64, QUEUE_MAX = 65536, NS_PER_S = 1000000000 };

struct relay {
    struct tun tun[SIDES];
    struct impair toward[SIDES]; /* indexed by where packets go */
    struct queue queue;
    const char *report;
    uint64_t started_ns;
};

static const char *const side_name[SIDES] = {"left", "right"};

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void usage(FILE *out)
{
    fputs("usage: path-relay [options] [SIDE:KEY=VALUE ...]\n"
          "  --left=NETNS, --right=NETNS  namespaces to use, else new ones are made\n"
          "  --mtu=BYTES                  of the devices (1500)\n"
          "  --report=FILE                where the counters go at the end (standard output)\n"
          "Prints a line with the two namespaces once the path is up; SIGTERM or SIGINT ends it\n"
          "and SIGUSR1 reports at once. SIDE is to-left, to-right or both; KEY is one of\n",
          out);
    impair_usage(out);
}

static void configure(struct relay *r, const char *arg)
{
    static const struct {
        const char *prefix;
        unsigned sides;
    } directions[] = {
        {"to-left:", 1 << LEFT}, {"to-right:", 1 << RIGHT}, {"both:", 1 << LEFT | 1 << RIGHT}};

    for (unsigned i = 0; i < sizeof(directions) / sizeof(directions[0]); i++) {
        size_t len = strlen(directions[i].prefix);

        if (strncmp(arg, directions[i].prefix, len) != 0)
            continue;
        for (int side = LEFT; side < SIDES; side++) {
            const char *wrong = NULL;

            if (directions[i].sides & 1u << side)
                wrong = impair_configure(&r->toward[side], arg + len);
            if (wrong)
                errx(2, "%s: %s", arg, wrong);
        }
        return;
    }
    errx(2, "%s: does not begin with to-left:, to-right: or both:", arg);
}

/* Writes the report to its file, by rename so that a reader never sees half of it. */
static void report(const struct relay *r)
{
    char name[PATH_MAX];
    FILE *out = stdout;

    if (r->report) {
        snprintf(name, sizeof(name), "%s.new", r->report);
        out = fopen(name, "w");
        if (!out) {
            warn("%s", name);
            return;
        }
    }
    fprintf(out, "{\"seconds\": %.3f, \"queued\": %zu", (double)(now_ns() - r->started_ns) / 1e9,
            r->queue.count);
    for (int side = LEFT; side < SIDES; side++) {
        fprintf(out, ",\n \"to_%s\": ", side_name[side]);
        impair_report(&r->toward[side], out);
    }
    fputs("}\n", out);
    fflush(out);
    if (r->report) {
        fclose(out);
        if (rename(name, r->report) != 0)
            warn("%s", r->report);
    }
}

/* A burst of packets from one side into the queue. */
static void take(struct relay *r, int from)
{
    static uint8_t packet[PACKET_MAX];
    int to = from == LEFT ? RIGHT : LEFT;
    struct impair *m = &r->toward[to];

    for (int i = 0; i < BURST; i++) {
        ssize_t len = read(r->tun[from].fd, packet, sizeof(packet));
        struct verdict v;

        if (len <= 0) {
            if (len < 0 && errno != EAGAIN && errno != EINTR)
                err(1, "reading from the %s device", side_name[from]);
            return;
        }
        v = impair_packet(m, now_ns(), packet, (size_t)len);
        if (v.cause != KEPT)
            continue;
        if (!queue_push(&r->queue, v.due_ns, to, packet, (size_t)len))
            impair_no_room(m, &v);
        else if (v.twice)
            queue_push(&r->queue, v.due_ns, to, packet, (size_t)len);
    }
}

static void deliver(struct relay *r)
{
    const struct parcel *p;

    while ((p = queue_first(&r->queue)) && p->due_ns <= now_ns()) {
        struct impair *m = &r->toward[p->side];

        if (write(r->tun[p->side].fd, p->data, p->len) == (ssize_t)p->len) {
            m->out_packets++;
            m->out_bytes += p->len;
        } else {
            m->write_errors++;
        }
        queue_drop_first(&r->queue);
    }
}

/* Until the next packet is due; NULL: for ever. */
static const struct timespec *next_due(const struct relay *r, struct timespec *wait)
{
    const struct parcel *p = queue_first(&r->queue);
    uint64_t now = now_ns(), ns;

    if (!p)
        return NULL;
    ns = p->due_ns > now ? p->due_ns - now : 0;
    wait->tv_sec = (time_t)(ns / NS_PER_S);
    wait->tv_nsec = (long)(ns % NS_PER_S);
    return wait;
}

static void run(struct relay *r, int signals)
{
    struct pollfd p[SIDES + 1] = {
        {r->tun[LEFT].fd, POLLIN, 0}, {r->tun[RIGHT].fd, POLLIN, 0}, {signals, POLLIN, 0}};
    struct signalfd_siginfo info;
    struct timespec wait;

    for (;;) {
        if (ppoll(p, SIDES + 1, next_due(r, &wait), NULL) < 0 && errno != EINTR)
            err(1, "ppoll");
        if (p[SIDES].revents && read(signals, &info, sizeof(info)) == sizeof(info)) {
            report(r);
            if (info.ssi_signo != SIGUSR1)
                return;
        }
        deliver(r);
        for (int side = LEFT; side < SIDES; side++)
            if (p[side].revents)
                take(r, side);
    }
}

/* Being late distorts the path, so ask for what keeps us on time, and do without if refused. */
static void be_punctual(void)
{
    struct sched_param param = {.sched_priority = 1};

    prctl(PR_SET_TIMERSLACK, 1UL);
    sched_setscheduler(0, SCHED_FIFO, &param);
    mlockall(MCL_CURRENT);
}

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"left", required_argument, NULL, 'l'}, {"right", required_argument, NULL, 'r'},
        {"mtu", required_argument, NULL, 'm'},  {"report", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};
    static struct relay r;
    const char *netns[SIDES] = {NULL, NULL};
    unsigned long mtu = 1500;
    int c, signals;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'l':
            netns[LEFT] = optarg;
            break;
        case 'r':
            netns[RIGHT] = optarg;
            break;
        case 'm':
            mtu = strtoul(optarg, NULL, 10);
            break;
        case 'o':
            r.report = optarg;
            break;
        case 'h':
            usage(stdout);
            return 0;
        default:
            usage(stderr);
            return 2;
        }
    }
    if (mtu < 576 || mtu > PACKET_MAX)
        errx(2, "--mtu must be from 576 to %d", PACKET_MAX);
    for (; optind < argc; optind++)
        configure(&r, argv[optind]);

    /* A script that is killed must not leave its paths behind. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signals = open_signals();
    if (signals < 0)
        err(1, "signalfd");
    queue_init(&r.queue, QUEUE_MAX);
    for (int side = LEFT; side < SIDES; side++) {
        impair_start(&r.toward[side]);
        if (tun_open(&r.tun[side], netns[side], side + 1u, (unsigned)mtu) != 0)
            return 1;
    }
    be_punctual();
    r.started_ns = now_ns();
    printf("left=/proc/%d/fd/%d right=/proc/%d/fd/%d\n", getpid(), r.tun[LEFT].netns_fd, getpid(),
           r.tun[RIGHT].netns_fd);
    fflush(stdout);

    run(&r, signals);
    queue_free(&r.queue);
    for (int side = LEFT; side < SIDES; side++)
        impair_free(&r.toward[side]);
    return 0;
}
