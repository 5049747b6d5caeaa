/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "await.h"
#include "path-kit.h"
#include "suite.h"

static char report[64];

static void start_relay(struct path *p, const char *const settings[], int out)
{
    const char *build = getenv("O"), *argv[16] = {"path-relay"};
    char program[256], option[96];
    unsigned n = 1;

    snprintf(program, sizeof(program), "%s/path-relay", build ? build : "build");
    snprintf(option, sizeof(option), "--report=%s", report);
    argv[n++] = option;
    while (*settings && n < 15)
        argv[n++] = *settings++;
    p->relay = suite_fork();
    if (p->relay)
        return;
    dup2(out, STDOUT_FILENO);
    execv(program, (char *const *)argv);
    _exit(127);
}

/* False: the kernel knows no such kind. */
static bool set_ecn(int ns, enum path_ecn ecn)
{
    const char value[] = {(char)('0' + ecn)};
    int home = net_here(), fd;
    ssize_t n;

    net_go(ns);
    fd = open("/proc/sys/net/ipv4/tcp_ecn", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    n = write(fd, value, sizeof(value));
    close(fd);
    net_go(home);
    close(home);
    return n == sizeof(value);
}

bool path_start(struct path *p, const char *const settings[], enum path_ecn ecn)
{
    char left[64], right[64];
    int out[2];
    FILE *f;

    if (access("/dev/net/tun", R_OK | W_OK) != 0) {
        printf("SKIP: no /dev/net/tun: %s\n", strerror(errno));
        return false;
    }
    snprintf(report, sizeof(report), "/tmp/collector-path.%d", (int)getpid());
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    start_relay(p, settings, out[1]);
    close(out[1]);
    f = fdopen(out[0], "r");
    ck_assert_int_eq(fscanf(f, "left=%63s right=%63s", left, right), 2);
    fclose(f);
    p->ns[SENDER] = open(left, O_RDONLY | O_CLOEXEC);
    p->ns[RECEIVER] = open(right, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(p->ns[SENDER], 0);
    ck_assert_int_ge(p->ns[RECEIVER], 0);
    if (set_ecn(p->ns[SENDER], ecn) && set_ecn(p->ns[RECEIVER], ecn))
        return true;
    ck_assert_int_eq(ecn, ACCURATE_ECN);
    printf("SKIP: this kernel has no accurate ECN\n");
    path_end(p);
    return false;
}

static uint64_t number_of(const char *text, const char *name)
{
    char quoted[64];
    const char *at;

    snprintf(quoted, sizeof(quoted), "\"%s\": ", name);
    at = strstr(text, quoted);
    ck_assert_msg(at, "the relay does not report %s", name);
    return strtoull(at + strlen(quoted), NULL, 10);
}

static char told[16384];

static void ask_relay(const struct path *p)
{
    FILE *f;

    unlink(report);
    kill(p->relay, SIGUSR1);
    AWAIT((f = fopen(report, "re"))); /* whole: it is put there by renaming */
    told[fread(told, 1, sizeof(told) - 1, f)] = '\0';
    fclose(f);
}

/* Nothing is on its way, nor has been since it was asked before. */
static bool is_at_rest(const struct path *p)
{
    static char before[sizeof(told)];

    strcpy(before, told);
    ask_relay(p);
    return number_of(told, "queued") == 0 && strcmp(strchr(before, ','), strchr(told, ',')) == 0;
}

/* The sender's direction is "to_right", and there is one flow. */
static void take_report(struct path *p)
{
    const char *right;

    right = strstr(told, "\"to_right\"");
    ck_assert_ptr_nonnull(right);
    p->marked_ce = number_of(right, "marked_ce");
    p->added_packets = number_of(right, "out_packets") - number_of(right, "packets");
    p->added_bytes = number_of(right, "out_bytes") - number_of(right, "bytes");
    p->data_segs = number_of(right, "data_segs");
    p->data_bytes = number_of(right, "data_bytes");
    p->retrans = number_of(right, "retrans_segs");
    p->dropped = number_of(right, "dropped_data");
    p->dropped_bytes = number_of(right, "dropped_bytes");
}

/* Reads in a child, so that both ends work at once. */
static void transfer(const struct net_pair *pair, size_t bytes)
{
    static char buffer[65536];
    size_t left = bytes;
    pid_t child = fork();
    int status;

    ck_assert_int_ge(child, 0);
    if (!child) {
        while (left) {
            ssize_t n = read(pair->server, buffer, sizeof(buffer));

            if (n <= 0)
                _exit(1);
            left -= (size_t)n;
        }
        _exit(0);
    }
    while (left) {
        ssize_t n = write(pair->client, buffer, left < sizeof(buffer) ? left : sizeof(buffer));

        ck_assert_int_gt(n, 0);
        left -= (size_t)n;
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

void path_send(struct path *p, struct kit *kit, size_t bytes, bool v6)
{
    struct net_options options = {.to = v6 ? "2001:db8:7::2" : "192.0.2.2",
                                  .client_ns = p->ns[SENDER],
                                  .server_ns = p->ns[RECEIVER]};
    int fd[2], end, err;

    net_connect(&p->pair, &options);
    fd[SENDER] = p->pair.client;
    fd[RECEIVER] = p->pair.server;
    for (end = SENDER; end <= RECEIVER; end++) {
        struct programs_target target = kit_target(fd[end]);

        err = programs_enable(kit->programs, p->ns[end], &target, (uint32_t)end,
                              100 + (uint64_t)end, EVERYTHING);
        ck_assert_msg(err == 0, "programs_enable: %s", strerror(-err));
    }
    transfer(&p->pair, bytes);
    kit_wait_acked(p->pair.client);
    ask_relay(p);
    AWAIT(usleep(100000) == 0 && is_at_rest(p));
    take_report(p);
    for (end = SENDER; end <= RECEIVER; end++)
        p->end[end] = kit_read(kit, (uint32_t)end);
}

void path_expect_duplicates(const struct path *p)
{
    uint32_t out = p->end[RECEIVER].events.dup_acks_out, in = p->end[SENDER].events.dup_acks_in;

    ck_assert_uint_le(in, out);
    ck_assert_uint_le(out - in, p->end[SENDER].sock.dsack_dups);
}

bool path_seen(const struct kit *kit)
{
    uint64_t misses = kit_misses(kit);

    if (misses)
        printf("SKIP: %" PRIu64 " events came while a program was running\n", misses);
    return !misses;
}

void path_end(struct path *p)
{
    net_close(&p->pair);
    kill(p->relay, SIGTERM);
    waitpid(p->relay, NULL, 0);
    unlink(report);
    close(p->ns[SENDER]);
    close(p->ns[RECEIVER]);
}

/* Two lines for each group: names, then values. */
uint64_t path_snmp(const struct path *p, int end, const char *group, const char *name)
{
    static char names[8192], values[8192];
    char *n, *v, *n_at, *v_at;
    int home = net_here();
    uint64_t value = 0;
    bool known = false;
    FILE *f;

    net_go(p->ns[end]);
    f = fopen("/proc/thread-self/net/netstat", "re");
    ck_assert_ptr_nonnull(f);
    while (!known && fgets(names, sizeof(names), f) && fgets(values, sizeof(values), f)) {
        if (strncmp(names, group, strlen(group)) != 0)
            continue;
        n = strtok_r(names, " \n", &n_at);
        v = strtok_r(values, " \n", &v_at);
        for (; n && v; n = strtok_r(NULL, " \n", &n_at), v = strtok_r(NULL, " \n", &v_at)) {
            if (strcmp(n, name) == 0) {
                value = strtoull(v, NULL, 10);
                known = true;
            }
        }
    }
    fclose(f);
    net_go(home);
    close(home);
    ck_assert_msg(known, "no SNMP counter %s", name);
    return value;
}
