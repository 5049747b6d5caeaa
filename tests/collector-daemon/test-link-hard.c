/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The library's end of the socket where it is hard: threads and children, threads that are killed,
 * descriptors that a program closes behind our back, and somebody at the path who is no daemon.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "suite.h"

#define DATA 2u
#define PATH 8u

static struct daemon d;
static struct net_pair pair;
static struct te_snapshot s;
static struct te_collector_link *lnk;

static void begin(void)
{
    daemon_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    s = snapshot_of(&pair.client_tuple);
    daemon_start(&d, NULL);
    ck_assert_int_eq(kit_link_new(&lnk), 0);
}

static void end(void)
{
    te_collector_link_free(lnk);
    net_close(&pair);
    daemon_end(&d);
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int check_record(int status, const struct te_collector_view *view, uint32_t slot)
{
    struct te_collector_record r;

    if (!status && read_record(lnk, view, slot, &r) && r.head.cookie != s.cookie)
        return -EILSEQ;
    return status;
}

/* As the library does, which waits a fifth of a second. */
static int enable_once(uint32_t classes)
{
    struct te_collector_view view;
    uint32_t slot;
    int status = te_collector_enable(lnk, &s, classes, &view, &slot, NULL);

    return check_record(status, &view, slot);
}

static int enable(uint32_t classes)
{
    struct te_collector_view view;
    uint32_t slot;
    int status = kit_link_enable(lnk, &s, classes, &view, &slot);

    return check_record(status, &view, slot);
}

/* --- threads and children --- */

static atomic_bool stop;
static atomic_uint asked, busy;

static void *ask_on(void *arg)
{
    for (unsigned n = 0; !stop; n++) {
        int status = n % 2 ? te_collector_disable(lnk, &s, PATH) : enable_once(DATA | PATH);

        /* A machine with other work may not get to all of them in time. */
        if (status && status != -ENOTCONN && status != -ETIMEDOUT)
            return (void *)(intptr_t)status;
        te_collector_is_gone(lnk);
        atomic_fetch_add(status ? &busy : &asked, 1);
    }
    (void)arg;
    return NULL;
}

START_TEST(many_threads_share_a_connection)
{
    pthread_t threads[16];
    void *result;

    begin();
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_on, NULL), 0);
    /* One answer that is late, as on a busy machine, costs all of them a second. */
    AWAIT(asked > 200);
    stop = true;
    for (int i = 0; i < 16; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_int_eq((int)(intptr_t)result, 0);
    }
    printf("%u answers, %u times too busy\n", asked, busy);
    AWAIT(daemon_status(&d).clients == 2);
    end();
}
END_TEST

START_TEST(a_child_has_connections_of_its_own)
{
    struct te_collector_view view;
    int status;
    pid_t pid;

    begin();
    ck_assert_int_eq(enable(DATA), 0);
    view = te_collector_view(lnk);
    for (int i = 0; i < 20; i++) {
        fflush(NULL);
        pid = fork();
        if (!pid) {
            /* The parent's records can still be read; the connection is made anew. */
            if (te_collector_view(lnk).records != view.records || enable(PATH) ||
                te_collector_is_gone(lnk) || te_collector_view(lnk).records != view.records)
                _exit(1);
            te_collector_link_free(lnk);
            _exit(0);
        }
        ck_assert_int_eq(enable(i % 2 ? DATA : PATH), 0);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        ck_assert(!te_collector_is_gone(lnk));
    }
    AWAIT(daemon_status(&d).clients == 2);
    end();
}
END_TEST

static void die(int number)
{
    (void)number;
    syscall(SYS_exit, 0);
}

static atomic_int victim;

static void *ask_until_killed(void *arg)
{
    /* Nothing here that takes a lock of the C library's: rand() does, and a dead thread keeps it.
     */
    victim = (int)syscall(SYS_gettid);
    for (unsigned n = 0; !stop; n++)
        enable_once(DATA | (n * 4 & PATH));
    return arg;
}

/* As TerminateThread() does: wherever it is, and nothing is told to anybody. */
START_TEST(a_thread_killed_in_mid_call_holds_nobody_up)
{
    struct sigaction action = {.sa_handler = die};
    uint64_t end_ms;
    unsigned fds, kills = 0;

    begin();
    end_ms = now_ms() + 15000;
    sigaction(SIGUSR1, &action, NULL);
    ck_assert_int_eq(enable(DATA), 0);
    fds = net_descriptors();
    for (int i = 0; i < 300 && (now_ms() < end_ms || kills < 10); i++, kills++) {
        static char stack[300][65536];
        pthread_attr_t attr;
        pthread_t thread;

        victim = 0;
        pthread_attr_init(&attr);
        pthread_attr_setstack(&attr, stack[i], sizeof(stack[i]));
        ck_assert_int_eq(pthread_create(&thread, &attr, ask_until_killed, NULL), 0);
        while (!victim)
            sched_yield();
        usleep((unsigned)i * 7919 % 500);
        ck_assert_int_eq(syscall(SYS_tgkill, getpid(), victim, SIGUSR1), 0);
        /* A connection that it was making may be refused for a second; a claim that the dead keep
         * would be for ever. */
        AWAIT(enable_once(DATA | PATH) == 0);
    }
    /* What a thread has opened and not yet noted is lost with it: that takes bad luck. */
    ck_assert_uint_le(net_descriptors(), fds + 12);
    /* Not end(): memory that the dead still claim is not asked after. */
    net_close(&pair);
    daemon_end(&d);
}
END_TEST

/* --- descriptors that are gone --- */

static int highest_socket(void)
{
    for (int fd = 200; fd > 2; fd--) {
        struct sockaddr_un address;
        socklen_t len = sizeof(address);

        if (getpeername(fd, (struct sockaddr *)&address, &len) == 0 &&
            address.sun_family == AF_UNIX && strcmp(address.sun_path, d.socket) == 0)
            return fd;
    }
    return -1;
}

START_TEST(a_connection_that_somebody_has_closed_is_made_anew)
{
    int null = open("/dev/null", O_RDONLY), number;

    begin();
    ck_assert_int_eq(enable(DATA), 0);
    close(highest_socket());
    ck_assert_int_eq(enable(PATH), 0);
    number = highest_socket();
    ck_assert_int_ge(number, 0);
    ck_assert_int_eq(dup2(null, number), number);
    ck_assert(te_collector_is_gone(lnk));
    ck_assert_int_eq(enable(PATH), 0);
    end();
}
END_TEST

/* --- somebody else at the path --- */

enum manner {
    SILENT,
    SHORT,
    OTHER_SERIAL,
    NO_ARRAY,
    UNSEALED,
    TOO_SMALL,
    OTHER_LAYOUT,
    TOO_MANY,
    A_FILE,
    CLOSING,
    RIGHT,
    MANNERS
};

static int array_of(enum manner manner, size_t size)
{
    int fd;

    if (manner == A_FILE) {
        fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
        ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
        return fd;
    }
    fd = memfd_create("array", MFD_ALLOW_SEALING);
    if (ftruncate(fd, (off_t)(manner == TOO_SMALL ? size - 1 : size)) ||
        (manner != UNSEALED && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK)))
        _exit(1);
    return fd;
}

static void answer_one(int fd, enum manner manner)
{
    struct te_collector_request request;
    struct te_collector_answer answer = {
        .magic = TE_COLLECTOR_MAGIC,
        .protocol = TE_COLLECTOR_PROTOCOL,
        .layout = manner == OTHER_LAYOUT ? TE_COLLECTOR_LAYOUT + 1 : TE_COLLECTOR_LAYOUT,
        .record_size = sizeof(struct te_collector_record),
        .records = manner == TOO_MANY ? TE_COLLECTOR_RECORDS_MAX + 1 : 10,
        .epoch = 1,
    };
    int array = array_of(manner, 10 * sizeof(struct te_collector_record));

    while (recv(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request)) {
        answer.call = request.call;
        answer.serial = request.serial + (manner == OTHER_SERIAL);
        if (manner == CLOSING)
            break;
        if (manner != SILENT)
            raw_send(fd, &answer, manner == SHORT ? 10 : sizeof(answer), &array,
                     manner == NO_ARRAY ? 0 : 1);
    }
    close(array);
    close(fd);
}

/* ready: told that it listens, unless -1. */
static void serve(const char *path, enum manner manner, int ready)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), client;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    strcpy(address.sun_path, path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8))
        _exit(1);
    if (ready >= 0 && write(ready, "", 1) != 1)
        _exit(1);
    while ((client = accept(fd, NULL, NULL)) >= 0)
        answer_one(client, manner);
    _exit(0);
}

/* False: the machine was too busy to tell. */
static bool ask_false(enum manner manner)
{
    struct te_collector_link *other;
    struct te_collector_view view;
    unsigned fds = net_descriptors();
    uint64_t took;
    uint32_t slot;
    int status;

    ck_assert_int_eq(kit_link_new(&other), 0);
    took = now_ms();
    status = te_collector_enable(other, &s, DATA, &view, &slot, NULL);
    took = now_ms() - took;
    if (manner != RIGHT)
        ck_assert_ptr_null(te_collector_view(other).records);
    te_collector_link_free(other);
    ck_assert_uint_eq(net_descriptors(), fds);
    if (manner == SILENT) {
        ck_assert_int_eq(status, -ETIMEDOUT);
        return took < 450; /* 200, and what scheduling adds */
    }
    if (status == -ETIMEDOUT)
        return false;
    ck_assert_msg(status == (manner == RIGHT ? 0 : -ENOTCONN), "manner %d: %d", manner, status);
    return true;
}

START_TEST(nothing_is_believed_that_is_not_right)
{
    for (enum manner manner = 0; manner < MANNERS; manner++) {
        char path[64], byte;
        int ready[2];
        pid_t pid;

        if (manner == 0)
            begin();
        snprintf(path, sizeof(path), "%.40s/false", d.dir);
        setenv("TCPESTATS_COLLECTOR", path, 1);
        fflush(NULL);
        ck_assert_int_eq(pipe(ready), 0);
        pid = fork();
        if (!pid)
            serve(path, manner, ready[1]);
        close(ready[1]);
        ck_assert_int_eq(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        AWAIT(ask_false(manner));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    end();
}
END_TEST

/* Three seconds of asking one that stands still. False: the machine was too busy to tell. */
static bool stands_still_at_a_low_price(void)
{
    uint64_t start, spent = 0, slowest = 0;

    ck_assert_int_eq(enable(DATA), 0);
    kill(d.pid, SIGSTOP);
    start = now_ms();
    while (now_ms() - start < 3000) {
        uint64_t took = now_ms();

        ck_assert_int_eq(enable_once(PATH), -ETIMEDOUT);
        took = now_ms() - took;
        spent += took;
        if (took > slowest)
            slowest = took;
        usleep(10000);
    }
    kill(d.pid, SIGCONT);
    return slowest < 450 && spent < 1500; /* 200 each second, and what scheduling adds */
}

START_TEST(a_daemon_that_stands_still_costs_a_fifth_of_a_second_each_second)
{
    begin();
    AWAIT(stands_still_at_a_low_price());
    ck_assert_int_eq(enable(PATH), 0);
    end();
}
END_TEST

static int ask_false_daemon(void *arg)
{
    struct te_collector_link *other;
    struct te_collector_view view;
    uint32_t slot;

    (void)arg;
    if (kit_link_new(&other))
        return 98;
    return -kit_link_enable(other, &s, DATA, &view, &slot);
}

static int serve_as_stranger(void *arg)
{
    serve(arg, RIGHT, -1);
    return 0;
}

START_TEST(only_root_and_oneself_are_believed)
{
    char dir[64], path[80];
    pid_t pid;

    begin();
    snprintf(dir, sizeof(dir), "%.40s/open", d.dir);
    snprintf(path, sizeof(path), "%s/false", dir);
    net_run("mkdir -m 777 %s", dir);
    setenv("TCPESTATS_COLLECTOR", path, 1);
    fflush(NULL);
    pid = fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(as_user(4242, 4242, NULL, 0, serve_as_stranger, path));
    }
    /* As himself he is believed: so he listens by now. */
    AWAIT(chmod(path, 0777) == 0 && as_user(4242, 4242, NULL, 0, ask_false_daemon, NULL) == 0);
    ck_assert_int_eq(as_user(4243, 4243, NULL, 0, ask_false_daemon, NULL), EPERM);
    ck_assert_int_eq(ask_false_daemon(NULL), EPERM);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    end();
}
END_TEST

SUITE("collector-link-hard", 600, many_threads_share_a_connection,
      a_child_has_connections_of_its_own, a_thread_killed_in_mid_call_holds_nobody_up,
      a_connection_that_somebody_has_closed_is_made_anew, nothing_is_believed_that_is_not_right,
      a_daemon_that_stands_still_costs_a_fifth_of_a_second_each_second,
      only_root_and_oneself_are_believed)
