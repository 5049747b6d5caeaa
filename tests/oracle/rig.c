/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oracle-rig: runs one scenario over an emulated path and leaves in a directory what both ends
 * captured (left.pcap, right.pcap), what libtcpestats said at both (left.read, right.read), and the
 * path's own counters (relay.json). oracle-judge reads them.
 */
#include "end.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_MAX = 32, STEP_TIMEOUT_MS = 60000 };

struct rig {
    struct end_plan plan; /* common to both */
    const char *relay;
    pid_t relay_pid, end_pid[ENDS];
    int end_fd[ENDS];
    char netns[ENDS][64];
};

static const char *const side_name[ENDS] = {"left", "right"};

static void usage(FILE *out)
{
    fputs("usage: oracle-rig [options] SCENARIO DIRECTORY\n"
          "  --cc=NAME       congestion control of both ends (cubic)\n"
          "  --backend=NAME  what the readings are filed under (sock_diag)\n"
          "  --rhythm=MS     time between two readings (25)\n"
          "  --relay=FILE    path-relay\n"
          "  --list          names of the scenarios\n",
          out);
}

static void stop_all(struct rig *r)
{
    for (int i = 0; i < ENDS; i++)
        if (r->end_pid[i] > 0)
            kill(r->end_pid[i], SIGTERM);
    if (r->relay_pid > 0)
        kill(r->relay_pid, SIGTERM);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
}

static void start_relay(struct rig *r)
{
    char report[PATH_MAX + 16], line[256], settings[512], *save = NULL;
    char *argv[ARGS_MAX] = {(char *)r->relay, report};
    int out[2], n = 2;
    FILE *in;

    snprintf(report, sizeof(report), "--report=%s/relay.json", r->plan.dir);
    snprintf(settings, sizeof(settings), "%s", r->plan.scenario->path);
    for (char *a = strtok_r(settings, " ", &save); a && n < ARGS_MAX - 1;
         a = strtok_r(NULL, " ", &save))
        argv[n++] = a;
    if (pipe(out) != 0 || (r->relay_pid = fork()) < 0)
        err(1, "starting the relay");
    if (r->relay_pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        execv(r->relay, argv);
        err(1, "%s", r->relay);
    }
    close(out[1]);
    in = fdopen(out[0], "r");
    if (!in || !fgets(line, sizeof(line), in) ||
        sscanf(line, "left=%63s right=%63s", r->netns[LEFT], r->netns[RIGHT]) != 2) {
        stop_all(r);
        errx(1, "the relay did not start");
    }
    fclose(in);
}

static void start_end(struct rig *r, int side)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
        (r->end_pid[side] = fork()) < 0)
        err(1, "starting an end");
    if (r->end_pid[side] == 0) {
        struct end_plan p = r->plan;

        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (side == RIGHT)
            close(r->end_fd[LEFT]);
        close(pair[0]);
        p.side = side;
        p.netns = r->netns[side];
        p.rig = pair[1];
        end_run(&p);
        exit(0);
    }
    close(pair[1]);
    r->end_fd[side] = pair[0];
}

static void give_up(struct rig *r, const char *why, int side)
{
    warnx("%s %s: the %s end %s", r->plan.scenario->name, r->plan.cc, side_name[side], why);
    stop_all(r);
    exit(1);
}

static void await(struct rig *r, int side, enum step step)
{
    struct pollfd p = {r->end_fd[side], POLLIN, 0};
    char c;

    if (poll(&p, 1, STEP_TIMEOUT_MS) <= 0)
        give_up(r, "takes too long", side);
    if (read(p.fd, &c, 1) != 1 || c != (char)step)
        give_up(r, "has failed", side);
}

static void let_go(struct rig *r, int side, enum step step)
{
    char c = (char)step;

    if (write(r->end_fd[side], &c, 1) != 1)
        give_up(r, "is gone", side);
}

static int run(struct rig *r)
{
    static const enum step together[] = {STEP_WATCHED, STEP_QUIET, STEP_WRITTEN};
    int status = 0, failed = 0;

    start_relay(r);
    for (int side = LEFT; side < ENDS; side++)
        start_end(r, side);
    await(r, RIGHT, STEP_LISTENING);
    let_go(r, LEFT, STEP_LISTENING);
    for (unsigned i = 0; i < sizeof(together) / sizeof(together[0]); i++) {
        for (int side = LEFT; side < ENDS; side++)
            await(r, side, together[i]);
        for (int side = LEFT; side < ENDS; side++)
            let_go(r, side, together[i]);
    }
    for (int side = LEFT; side < ENDS; side++) {
        waitpid(r->end_pid[side], &status, 0);
        r->end_pid[side] = 0;
        failed |= status;
    }
    stop_all(r);
    return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"cc", required_argument, NULL, 'c'},
                                            {"backend", required_argument, NULL, 'b'},
                                            {"rhythm", required_argument, NULL, 'r'},
                                            {"relay", required_argument, NULL, 'e'},
                                            {"list", no_argument, NULL, 'l'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct rig r = {.plan = {.cc = "cubic", .backend = "sock_diag", .rhythm_ms = 25},
                    .relay = "build/path-relay"};
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            r.plan.cc = optarg;
            break;
        case 'b':
            r.plan.backend = optarg;
            break;
        case 'r':
            r.plan.rhythm_ms = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'e':
            r.relay = optarg;
            break;
        case 'l':
            for (unsigned i = 0; scenario_at(i); i++)
                puts(scenario_at(i)->name);
            return 0;
        default:
            usage(c == 'h' ? stdout : stderr);
            return c == 'h' ? 0 : 2;
        }
    }
    if (argc - optind != 2 || !(r.plan.scenario = scenario_find(argv[optind]))) {
        usage(stderr);
        return 2;
    }
    r.plan.dir = argv[optind + 1];
    if (mkdir(r.plan.dir, 0700) != 0 && errno != EEXIST)
        err(1, "%s", r.plan.dir);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    return run(&r);
}
