/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A reading from the record makes no system call: any would end the process here. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api-kit.h"
#include "kernel/bytes.h"
#include "mock-link.h"

#define READINGS 20000

static struct net_pair pair;
static uint64_t cookie;

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void fill(struct te_collector_record *r)
{
    r->sock.state = TE_ESTABLISHED;
    r->sock.mss_cache = 1448;
    r->events.open = TE_OPEN_ACTIVE;
}

static struct te_collector_record *look(void)
{
    struct te_collector_record *r = mock_record(cookie);

    if (r) {
        mock_write_begin(r);
        r->events.dup_acks_in++;
        r->head.time_ns = now_ns();
        mock_write_end(r);
    }
    return r;
}

/* Only what ends the process is allowed. */
static bool forbid_system_calls(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

    return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
           !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Exit codes of the child: 0 all was read, 1 a wrong answer, 77 no seccomp. */
static int read_silently(struct tcpestats *fixed, const struct te_tuple *tuple, bool break_it)
{
    struct tcpestats_conn conn = conn_of(tuple);
    struct tcpestats_sample sample = {.size = sizeof(sample)};
    uint64_t last = 0;

    /* The child's lanes start anew: one full look, then the quiet begins. */
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        if (tcpestats_get(fixed, &conn, cls, &sample))
            return 1;
    if (!forbid_system_calls())
        return 77;
    if (break_it)
        mock_record(cookie)->head.epoch++;
    for (unsigned i = 0; i < READINGS; i++) {
        look();
        /* What the program itself moves is looked up. */
        if (i % TCPESTATS_CLASS_COUNT == TCPESTATS_DATA)
            continue;
        if (tcpestats_get(fixed, &conn, i % TCPESTATS_CLASS_COUNT, &sample))
            return 1;
        if (sample.cls == TCPESTATS_PATH) {
            const struct tcpestats_value *dups =
                &sample.values[TCPESTATS_F_Path_DupAcksIn - sample.first];

            if (dups->backend != TCPESTATS_COLLECTOR || dups->value <= last)
                return 1;
            last = dups->value;
        }
    }
    return 0;
}

static int status_of_child(bool break_it)
{
    struct tcpestats_options options = {
        .size = sizeof(options), .state_dir = state_dir, .freshness_ms = TCPESTATS_FRESHNESS_MS};
    struct tcpestats *fixed;
    struct tcpestats_sample sample;
    int status;
    pid_t pid;

    mock.features = 0xff;
    mock.begin = fill;
    mock_start();
    ck_assert_int_eq(tcpestats_open(&fixed, &options), 0);
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    enable_all(&pair.client_tuple);
    ck_assert_uint_gt(MEMBER(&pair.client_tuple, SynOpts_MssSent), 500);
    ck_assert_int_eq(get(&pair.client_tuple, TCPESTATS_PATH, &sample), 0);
    cookie = sample.cookie;
    look();
    pid = suite_fork();
    if (!pid)
        _exit(read_silently(fixed, &pair.client_tuple, break_it));
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    net_close(&pair);
    tcpestats_close(fixed);
    return status;
}

START_TEST(a_reading_from_the_record_makes_no_system_call)
{
    int status;

    if (!begin())
        return;
    status = status_of_child(false);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        puts("SKIP: no seccomp");
    else
        ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status), "status %#x", status);
    end();
}
END_TEST

/* That a look-up would have been noticed. */
START_TEST(the_filter_ends_a_process_that_looks_up)
{
    int status;

    if (!begin())
        return;
    status = status_of_child(true);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        puts("SKIP: no seccomp");
    else
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %#x", status);
    end();
}
END_TEST

SUITE("silence", 30, a_reading_from_the_record_makes_no_system_call,
      the_filter_ends_a_process_that_looks_up)
