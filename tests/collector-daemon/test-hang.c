/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clients that send files whose last close never returns. A kernel that refuses descriptors does so
 * from the moment on that the daemon has the socket (Linux 6.16); what is sent before, to a socket
 * that a service manager has opened, or on older kernels at any time, is in the queue of a
 * connection, whatever the daemon does about it: here it is sent before the daemon starts.
 */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "hang-file.h"
#include "suite.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

#define DATA 2u
#define BADDY 5001
#define PATIENT_MS (AWAIT_SECONDS * 1000) /* a busy machine takes its time, a hang never ends */

static struct daemon d;
static char files[96] = "/tmp/tcpestatsd-hang-XXXXXX";
static struct net_pair pair;
static struct te_snapshot s;

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* False: skipped. The daemon's socket is there, the daemon is not. */
static bool begin(void)
{
    daemon_begin();
    ck_assert_ptr_nonnull(mkdtemp(files));
    if (!hang_begin(files))
        return false;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    s = snapshot_of(&pair.client_tuple);
    daemon_listen(&d, "--group=users", NULL);
    ck_assert_int_eq(chmod(d.socket, 0666), 0);
    return true;
}

/* Its users' files can be closed again. */
static void end(void)
{
    hang_end();
    net_close(&pair);
    daemon_end(&d);
    rmdir(files);
}

/* --- traps, by what is sent with what --- */

enum trap {
    AT_ONCE,      /* with the first message */
    WRAPPED,      /* the same, in the queue of a socket that is sent */
    BEHIND_GOOD,  /* with the second, behind one that is answered */
    BEHIND_WRONG, /* with the second, behind one for which the connection is dropped */
    EMPTY,        /* with a message of no bytes */
    TRAPS
};

/* Sends count bytes of a request with a descriptor that is closed here. */
static void send_with(int fd, const struct te_collector_request *request, size_t size, int what)
{
    ck_assert_int_eq(raw_send(fd, request, size, &what, 1), 0);
    close(what);
}

static int wrapped(int file)
{
    int ends[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    ck_assert_int_eq(raw_send(ends[0], "x", 1, &file, 1), 0);
    close(ends[0]);
    close(file);
    return ends[1];
}

static void set_trap(enum trap trap)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_HELLO);
    int fd = raw_connect(&d), file = hang_open();

    ck_assert_int_ge(fd, 0);
    if (trap == BEHIND_GOOD)
        ck_assert_int_eq(raw_send(fd, &request, sizeof(request), NULL, 0), 0);
    if (trap == BEHIND_WRONG)
        ck_assert_int_eq(raw_send(fd, "wrong", 5, NULL, 0), 0);
    send_with(fd, &request, trap == EMPTY ? 0 : sizeof(request),
              trap == WRAPPED ? wrapped(file) : file);
    /* The connection stays open: as long as its client lives. */
}

static int set_all_traps(void *arg)
{
    (void)arg;
    for (enum trap trap = 0; trap < TRAPS; trap++)
        set_trap(trap);
    return 0;
}

/* A user sets them and has gone by then. The last daemon may have left the socket its way. */
static void trap_by(uid_t uid, gid_t gid, int (*work)(void *arg))
{
    static const int on = 1;

    setsockopt(d.listener, SOL_SOCKET, SO_PASSRIGHTS, &on, sizeof(on));
    ck_assert_int_eq(as_user(uid, gid, NULL, 0, work, NULL), 0);
    hang_spoil();
}

static gid_t users(void)
{
    return getgrnam("users")->gr_gid;
}

static void wait_for_a_hang(void)
{
    AWAIT(hang_is_below(d.pid)); /* or it is no trap */
}

static void must_serve(void)
{
    struct te_collector_request request;
    struct te_collector_answer answer;

    for (int i = 0; i < 50; i++) {
        uint64_t start = now_ms();
        int fd = raw_hello(&d);

        request = raw_enable(&s, DATA);
        ck_assert_int_eq(raw_ask(fd, &request, &answer), 0);
        close(fd);
        ck_assert_uint_lt(now_ms() - start, PATIENT_MS);
    }
}

START_TEST(nobody_waits_for_what_a_client_has_sent)
{
    uint64_t start;

    if (!begin())
        return;
    trap_by(BADDY, users(), set_all_traps);
    trap_by(BADDY + 1, BADDY + 1, set_all_traps); /* one who may not use it */
    trap_by(0, 0, set_all_traps);
    daemon_again(&d);
    must_serve();
    wait_for_a_hang();
    must_serve();
    /* Asked to end, and killed: it does either at once. */
    start = now_ms();
    ck_assert_int_eq(daemon_stop(&d), 0);
    ck_assert_uint_lt(now_ms() - start, PATIENT_MS);
    trap_by(BADDY, users(), set_all_traps);
    daemon_again(&d);
    must_serve();
    wait_for_a_hang();
    start = now_ms();
    daemon_kill_hanging(&d);
    ck_assert_uint_lt(now_ms() - start, PATIENT_MS);
    daemon_again(&d);
    must_serve();
    end();
}
END_TEST

/* Killed in the middle of it: what it has not looked at yet, the closer has. */
START_TEST(what_nobody_has_looked_at_holds_up_no_kill)
{
    uint64_t start;

    if (!begin())
        return;
    for (unsigned i = 0; i < 8; i++) {
        for (uid_t uid = BADDY; uid < BADDY + 4; uid++)
            trap_by(uid, users(), set_all_traps);
        daemon_again(&d);
        usleep(i * 1000);
        start = now_ms();
        daemon_kill_hanging(&d);
        ck_assert_uint_lt(now_ms() - start, PATIENT_MS);
    }
    daemon_again(&d);
    must_serve();
    end();
}
END_TEST

static int set_many_traps(void *arg)
{
    (void)arg;
    for (int i = 0; i < 12; i++)
        set_trap(AT_ONCE);
    return 0;
}

static int is_served(void *arg)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_STATUS);
    struct te_collector_answer answer;
    int fd = raw_connect(&d);

    (void)arg;
    if (fd < 0 || raw_send(fd, &request, sizeof(request), NULL, 0) ||
        raw_receive(fd, &answer, NULL) != 1)
        return 99;
    close(fd);
    return -answer.error;
}

/* A user whose closing never ends has less and less, others have all of theirs. */
START_TEST(a_user_who_hangs_harms_himself_and_is_himself_again_afterwards)
{
    if (!begin())
        return;
    trap_by(BADDY, users(), set_many_traps);
    daemon_again(&d);
    wait_for_a_hang();
    AWAIT(daemon_status(&d).clients == 1);
    ck_assert_int_eq(as_user(BADDY + 1, users(), NULL, 0, is_served, NULL), 0);
    ck_assert_int_eq(as_user(BADDY, users(), NULL, 0, is_served, NULL), 0);
    hang_end();
    AWAIT(!hang_is_below(d.pid));
    ck_assert_int_eq(as_user(BADDY, users(), NULL, 0, is_served, NULL), 0);
    net_close(&pair);
    daemon_end(&d);
    rmdir(files);
}
END_TEST

SUITE("collector-hang", 600, nobody_waits_for_what_a_client_has_sent,
      what_nobody_has_looked_at_holds_up_no_kill,
      a_user_who_hangs_harms_himself_and_is_himself_again_afterwards)
