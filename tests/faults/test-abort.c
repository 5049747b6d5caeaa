/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections that are aborted while others read them. The kernel sets all counters of such a
 * socket to zero before it is gone; a reply from that instant is about no connection any more, and
 * may look like one that has just begun.
 */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kit.h"

#define BATCH 100
#define POLLERS 2
#define PAYLOAD 1234

static struct {
    _Atomic unsigned current;
    _Atomic uint64_t reads, empty, passive;
    _Atomic bool stop;
    struct te_tuple tuple[BATCH];
} * shared;

/* Of a connection that its opener has switched on, and that carried PAYLOAD. */
static void read_current(struct tcpestats *te)
{
    struct tcpestats_conn conn = kit_conn(&shared->tuple[shared->current]);
    struct tcpestats_sample sample;

    if (kit_get(te, &conn, TCPESTATS_DATA, &sample) == 0 && sample.enabled) {
        shared->reads++;
        if (sample.values[0].value != PAYLOAD)
            shared->empty++;
    }
    if (kit_get(te, &conn, TCPESTATS_SYN_OPTS, &sample) == 0 &&
        sample.values[0].fidelity <= TCPESTATS_DERIVED && !sample.values[0].value)
        shared->passive++;
}

static void poll_until_stopped(void)
{
    struct tcpestats *te;

    if (kit_open(&te))
        _exit(1);
    while (!shared->stop)
        read_current(te);
    tcpestats_close(te);
    _exit(0);
}

static void abort_client(struct net_pair *pair)
{
    struct linger linger = {1, 0};

    ck_assert_int_eq(setsockopt(pair->client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
    net_close(pair);
}

START_TEST(an_aborted_connection_is_gone_and_not_emptied)
{
    unsigned long batches = kit_setting("ABORT_BATCHES", 12);
    static struct net_pair pairs[BATCH];
    struct tcpestats *te;
    pid_t pids[POLLERS];
    int status;

    if (!net_enter())
        return;
    kit_begin();
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    ck_assert_int_eq(kit_open(&te), 0);
    for (unsigned i = 0; i < POLLERS; i++) {
        pids[i] = suite_fork();
        if (!pids[i])
            poll_until_stopped();
    }
    for (unsigned long n = 0; n < batches; n++) {
        for (unsigned i = 0; i < BATCH; i++) {
            struct tcpestats_conn conn;

            net_connect(&pairs[i], &(struct net_options){.to = "127.0.0.1"});
            net_transfer(pairs[i].client, pairs[i].server, PAYLOAD);
            conn = kit_conn(&pairs[i].client_tuple);
            ck_assert_int_eq(kit_set(te, &conn, TCPESTATS_DATA, TCPESTATS_ON), 0);
        }
        /* Until the last segment is so old that one reply settles everything. */
        usleep(60000);
        for (unsigned i = 0; i < BATCH; i++)
            shared->tuple[i] = pairs[i].client_tuple;
        for (unsigned i = 0; i < BATCH; i++) {
            shared->current = i;
            usleep(100 + i);
            abort_client(&pairs[i]);
        }
    }
    shared->stop = true;
    for (unsigned i = 0; i < POLLERS; i++) {
        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        ck_assert_int_eq(status, 0);
    }
    printf("%lu reads, %lu emptied, %lu with the wrong opener\n", (unsigned long)shared->reads,
           (unsigned long)shared->empty, (unsigned long)shared->passive);
    ck_assert_uint_gt(shared->reads, batches * BATCH / 10);
    ck_assert_uint_eq(shared->empty, 0);
    ck_assert_uint_eq(shared->passive, 0);
    tcpestats_close(te);
    kit_end();
}
END_TEST

SUITE("abort", 120, an_aborted_connection_is_gone_and_not_emptied)
