/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * path-xfer: one end of a TCP connection that counts its own bytes.
 *
 * Prints one JSON object a line: "listening", "connected", "report" (each time it is asked, and
 * when its own sending is done and acknowledged) and "closed". Told what to do on standard input:
 * "report", "start" (with --wait), "stop" (send no more), "close". With --hold the end of the input
 * means "close", so that a script that holds a fifo open holds the connection, and one that dies
 * lets go of it.
 */
#include "endpoint.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 65536, TICK_MS = 10 };

struct xfer {
    int fd;
    int input; /* commands; -1 after its end */
    uint64_t written, read;
    uint64_t to_send;   /* bytes still to be written */
    uint64_t stop_ns;   /* send until then; 0: no such limit */
    uint64_t chat_size; /* request-response: bytes of a message; 0: bulk */
    uint64_t chat_left; /* messages still to be exchanged, as the asking side */
    uint64_t chat_owed; /* bytes of answers not yet read, as the asking side */
    uint64_t burst;     /* bytes that are to be sent every so often; 0: at once */
    uint64_t burst_ns, next_burst_ns;
    uint64_t read_rate; /* bytes a second; 0: all that comes */
    uint64_t read_at_ns;
    bool answer;  /* send back every byte read */
    bool no_read; /* leave what comes in the socket */
    bool wait;    /* send nothing until told */
    bool linger;  /* stay after everything is done until told */
    bool done;    /* the final report has been printed */
    bool ended;   /* the peer has closed */
    uint64_t start_ns, first_write_ns, quiet_ns;
};

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void usage(void)
{
    fputs("usage: path-xfer listen|connect ADDRESS PORT [options]\n"
          "  --bind=ADDRESS[,PORT] local end of connect\n"
          "  --cc=NAME             congestion control (cubic, reno)\n"
          "  --nodelay             send small messages at once\n"
          "  --sndbuf=BYTES, --rcvbuf=BYTES\n"
          "  --mss=BYTES           of a segment at most\n"
          "  --pace=BYTES          a second at most\n"
          "  --read=BYTES          a second at most, every 10 ms\n"
          "  --send=BYTES          send so much\n"
          "  --send-for=SECONDS    send for so long\n"
          "  --burst=BYTES,MS      with --send-for: so many, so often\n"
          "  --ask=COUNT,BYTES     send a message, wait for as many bytes, COUNT times\n"
          "  --answer              send back what is read\n"
          "  --no-read             leave what comes unread\n"
          "  --wait                send nothing before \"start\"\n"
          "  --hold                when all is done stay connected until told\n"
          "Commands on standard input: report, start, stop, close.\n",
          stderr);
    exit(2);
}

static uint64_t number(const char *text, char **end)
{
    char *stop;
    uint64_t value = strtoull(text, &stop, 10);

    if (stop == text || (!end && *stop))
        errx(2, "%s: not a number", text);
    if (end)
        *end = stop;
    return value;
}

static int unacked(int fd)
{
    int value = -1;

    return ioctl(fd, SIOCOUTQ, &value) == 0 ? value : -1;
}

static void report(const struct xfer *x, const char *event)
{
    int inq = -1;

    ioctl(x->fd, SIOCINQ, &inq);
    printf("{\"event\": \"%s\", \"written\": %" PRIu64 ", \"read\": %" PRIu64
           ", \"outq\": %d, \"inq\": %d, \"seconds\": %.6f, \"send_seconds\": %.6f}\n",
           event, x->written, x->read, unacked(x->fd), inq, (double)(now_ns() - x->start_ns) / 1e9,
           x->quiet_ns && x->first_write_ns ? (double)(x->quiet_ns - x->first_write_ns) / 1e9 : 0);
    fflush(stdout);
}

static bool has_more(const struct xfer *x)
{
    if (x->wait)
        return false;
    return x->to_send || (x->chat_left && x->chat_owed == 0);
}

static void send_some(struct xfer *x)
{
    static const char data[BUFFER];
    ssize_t n;

    if (x->to_send == 0) { /* the next question */
        x->to_send = x->chat_owed = x->chat_size;
        x->chat_left--;
    }
    n = send(x->fd, data, x->to_send < BUFFER ? x->to_send : BUFFER, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        err(1, "send");
    if (n <= 0)
        return;
    if (x->first_write_ns == 0)
        x->first_write_ns = now_ns();
    x->written += (uint64_t)n;
    x->to_send -= (uint64_t)n;
}

/* How much may be read now. */
static size_t read_room(struct xfer *x)
{
    uint64_t now = now_ns(), room = BUFFER;

    if (!x->read_rate)
        return BUFFER;
    room = (uint64_t)((double)x->read_rate * (double)(now - x->read_at_ns) / 1e9);
    x->read_at_ns = now;
    return room < BUFFER ? room : BUFFER;
}

static void read_some(struct xfer *x)
{
    static char data[BUFFER];
    size_t room = read_room(x);
    ssize_t n = room ? recv(x->fd, data, room, MSG_DONTWAIT) : -1;

    if (!room)
        return;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0)
        err(1, "recv");
    if (n == 0) {
        x->ended = true;
        return;
    }
    x->read += (uint64_t)n;
    if (x->answer)
        x->to_send += (uint64_t)n;
    x->chat_owed -= x->chat_owed < (uint64_t)n ? x->chat_owed : (uint64_t)n;
}

static void stop_sending(struct xfer *x)
{
    x->to_send = x->chat_left = x->stop_ns = x->burst = 0;
}

/* False: close. */
static bool obey(struct xfer *x)
{
    static char line[256];
    static size_t used;
    ssize_t n = read(x->input, line + used, sizeof(line) - used - 1);
    char *end;

    if (n <= 0) {
        x->input = -1;
        return x->linger ? false : !x->ended;
    }
    used += (size_t)n;
    line[used] = 0;
    while ((end = strchr(line, '\n'))) {
        *end = 0;
        if (strcmp(line, "report") == 0)
            report(x, "report");
        else if (strcmp(line, "start") == 0)
            x->wait = false;
        else if (strcmp(line, "stop") == 0)
            stop_sending(x);
        else if (strcmp(line, "close") == 0)
            return false;
        else
            warnx("%s: unknown command", line);
        used -= (size_t)(end + 1 - line);
        memmove(line, end + 1, used + 1);
    }
    if (used == sizeof(line) - 1)
        used = 0;
    return true;
}

/* Everything sent and acknowledged, every answer read: say so, once. */
static void finish(struct xfer *x, bool sender)
{
    if (x->done || !sender || x->wait || x->burst || has_more(x) || x->chat_owed ||
        unacked(x->fd) != 0)
        return;
    x->quiet_ns = now_ns();
    x->done = true;
    report(x, "report");
}

static void run(struct xfer *x, bool sender)
{
    for (;;) {
        bool more = has_more(x);
        struct pollfd p[2] = {{x->ended && !more ? -1 : x->fd, 0, 0}, {x->input, POLLIN, 0}};

        if (more)
            p[0].events |= POLLOUT;
        if (!x->no_read && !x->ended && !x->read_rate)
            p[0].events |= POLLIN;
        if (poll(p, 2,
                 (sender && !x->done && !more && !x->wait) || x->read_rate ? TICK_MS
                 : x->stop_ns                                              ? 100
                                                                           : -1) < 0 &&
            errno != EINTR)
            err(1, "poll");
        if (x->stop_ns && now_ns() >= x->stop_ns)
            stop_sending(x);
        if (p[1].revents && !obey(x))
            return;
        if (x->burst && !x->wait && now_ns() >= x->next_burst_ns) {
            x->to_send += x->burst;
            x->next_burst_ns = now_ns() + x->burst_ns;
        }
        if (p[0].revents & POLLOUT && has_more(x))
            send_some(x);
        if ((p[0].revents & (POLLIN | POLLHUP | POLLERR) || x->read_rate) && !x->no_read &&
            !x->ended)
            read_some(x);
        else if (p[0].revents & (POLLHUP | POLLERR))
            x->ended = true;
        finish(x, sender);
        if (x->linger && x->input >= 0)
            continue;
        if (x->ended && !has_more(x))
            return;
        if (sender && x->done)
            return;
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"bind", required_argument, NULL, 'b'},
                                            {"cc", required_argument, NULL, 'c'},
                                            {"nodelay", no_argument, NULL, 'n'},
                                            {"sndbuf", required_argument, NULL, 'S'},
                                            {"rcvbuf", required_argument, NULL, 'R'},
                                            {"pace", required_argument, NULL, 'p'},
                                            {"mss", required_argument, NULL, 'm'},
                                            {"read", required_argument, NULL, 'r'},
                                            {"burst", required_argument, NULL, 'B'},
                                            {"send", required_argument, NULL, 's'},
                                            {"send-for", required_argument, NULL, 'f'},
                                            {"ask", required_argument, NULL, 'q'},
                                            {"answer", no_argument, NULL, 'a'},
                                            {"no-read", no_argument, NULL, 'u'},
                                            {"wait", no_argument, NULL, 'w'},
                                            {"hold", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct xfer x = {.input = STDIN_FILENO};
    struct socket_options o = {.cc = NULL};
    char *local = NULL, *rest;
    uint64_t seconds = 0;
    bool sender = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'b':
            local = optarg;
            break;
        case 'c':
            o.cc = optarg;
            break;
        case 'n':
            o.nodelay = true;
            break;
        case 'S':
            o.sndbuf = (int)number(optarg, NULL);
            break;
        case 'R':
            o.rcvbuf = (int)number(optarg, NULL);
            break;
        case 'p':
            o.pace = (unsigned)number(optarg, NULL);
            break;
        case 'm':
            o.mss = (int)number(optarg, NULL);
            break;
        case 'r':
            x.read_rate = number(optarg, NULL);
            break;
        case 'B':
            x.burst = number(optarg, &rest);
            if (*rest != ',')
                usage();
            x.burst_ns = number(rest + 1, NULL) * 1000000;
            break;
        case 's':
            x.to_send = number(optarg, NULL);
            sender = true;
            break;
        case 'f':
            seconds = number(optarg, NULL);
            x.to_send = UINT64_MAX;
            sender = true;
            break;
        case 'q':
            x.chat_left = number(optarg, &rest);
            if (*rest != ',')
                usage();
            x.chat_size = number(rest + 1, NULL);
            sender = true;
            break;
        case 'a':
            x.answer = true;
            break;
        case 'u':
            x.no_read = true;
            break;
        case 'w':
            x.wait = true;
            break;
        case 'h':
            x.linger = true;
            break;
        default:
            usage();
        }
    }
    argc -= optind;
    argv += optind;
    if (argc != 3 || (strcmp(argv[0], "listen") && strcmp(argv[0], "connect")))
        usage();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    x.fd = argv[0][0] == 'l' ? endpoint_serve(argv[1], argv[2], &o)
                             : endpoint_call(argv[1], argv[2], local, &o);

    x.start_ns = x.read_at_ns = now_ns();
    if (x.burst)
        x.to_send = 0;
    if (seconds)
        x.stop_ns = x.start_ns + seconds * 1000000000u;
    printf("{\"event\": \"connected\"");
    endpoint_print(x.fd);
    printf("}\n");
    fflush(stdout);
    run(&x, sender);
    report(&x, "closed");
    close(x.fd);
    return 0;
}
