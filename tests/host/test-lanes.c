/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many callers at once: threads, threads that are killed, children of fork() and its relatives. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "await.h"
#include "lanes.h"
#include "net.h"
#include "suite.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

int __real_madvise(void *start, size_t len, int advice);
int __wrap_madvise(void *start, size_t len, int advice);

/* A kernel before 4.14. */
static bool no_wipe;

int __wrap_madvise(void *start, size_t len, int advice)
{
    if (no_wipe && advice == MADV_WIPEONFORK) {
        errno = EINVAL;
        return -1;
    }
    return __real_madvise(start, len, advice);
}

static struct te_lanes *lanes;
static struct te_places places;
static struct te_netns ns;
static struct net_pair pair;
static unsigned descriptors_before;

static bool begin(void)
{
    if (!net_enter())
        return false;
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    ck_assert_int_eq(te_netns_init(&ns, -1), 0);
    descriptors_before = net_descriptors();
    te_places_init(&places, "/nowhere");
    ck_assert_int_eq(te_lanes_new(&lanes, &places), 0);
    return true;
}

static void end(void)
{
    te_lanes_free(lanes);
    ck_assert_uint_eq(net_descriptors(), descriptors_before);
    te_netns_close(&ns);
    net_close(&pair);
}

/* Of a socket. */
static uint64_t identity(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) ? 0 : cookie;
}

/* One call: its result, and the identity of the socket that it used. */
static int call(const struct te_tuple *tuple, uint64_t *socket)
{
    struct te_query query = {.tuple = *tuple};
    struct te_snapshot s;
    struct te_lane_use use;
    int result;

    te_lane_acquire(lanes, &use);
    result = te_diag_lookup(&use.lane->diag, &ns, &query, &s);
    if (socket)
        *socket = identity(use.lane->diag.fd);
    if (result == 0 && memcmp(&s.tuple, tuple, sizeof(*tuple)) != 0)
        result = -EILSEQ; /* somebody else's answer */
    te_lane_release(lanes, &use);
    return result;
}

START_TEST(calls_one_after_the_other_share_one_socket)
{
    uint64_t first, next;

    if (!begin())
        return;
    ck_assert_uint_eq(net_descriptors(), descriptors_before);
    ck_assert_int_eq(call(&pair.client_tuple, &first), 0);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(call(&pair.server_tuple, &next), 0);
        ck_assert_uint_eq(next, first);
    }
    end();
}
END_TEST

static void *call_once(void *arg)
{
    return (void *)(intptr_t)call(&pair.client_tuple, arg);
}

START_TEST(short_lived_threads_share_one_socket_too)
{
    uint64_t first, next;
    pthread_t thread;
    void *result;

    if (!begin())
        return;
    ck_assert_int_eq(call(&pair.client_tuple, &first), 0);
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(pthread_create(&thread, NULL, call_once, &next), 0);
        ck_assert_int_eq(pthread_join(thread, &result), 0);
        ck_assert_ptr_null(result);
        ck_assert_uint_eq(next, first);
    }
    end();
}
END_TEST

START_TEST(each_use_has_a_lane_to_itself_and_all_are_given_back)
{
    enum { USES = TE_LANES_COUNT + 4 };
    static struct te_lane_use use[USES];
    struct te_query query = {.tuple = pair.client_tuple};
    struct te_snapshot s;
    unsigned kept;

    if (!begin())
        return;
    query.tuple = pair.client_tuple;
    for (int round = 0; round < 3; round++) {
        /* As if each were a signal handler in the midst of the one before. */
        for (int i = 0; i < USES; i++) {
            te_lane_acquire(lanes, &use[i]);
            for (int k = 0; k < i; k++)
                ck_assert_ptr_ne(use[i].lane, use[k].lane);
            ck_assert_int_eq(te_diag_lookup(&use[i].lane->diag, &ns, &query, &s), 0);
        }
        for (int i = 0; i < USES; i++)
            te_lane_release(lanes, &use[i]);
        kept = net_descriptors() - descriptors_before;
        ck_assert_uint_eq(kept, TE_LANES_COUNT);
    }
    end();
}
END_TEST

/* A thread that calls all the time, with a connection of its own. */
struct worker {
    pthread_t thread;
    struct net_pair pair;
    unsigned calls;
    int result;
};

static void *work(void *arg)
{
    struct worker *w = arg;

    for (unsigned i = 0; i < w->calls && w->result == 0; i++)
        w->result = call(i % 2 ? &w->pair.client_tuple : &w->pair.server_tuple, NULL);
    return NULL;
}

static void must_work(unsigned threads, unsigned calls)
{
    static struct worker workers[2 * TE_LANES_COUNT];

    for (unsigned i = 0; i < threads; i++) {
        workers[i] = (struct worker){.calls = calls};
        net_connect(&workers[i].pair, &(struct net_options){.to = i % 2 ? "127.0.0.1" : "::1"});
    }
    for (unsigned i = 0; i < threads; i++)
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        ck_assert_int_eq(workers[i].result, 0);
        net_close(&workers[i].pair);
    }
}

START_TEST(eight_threads_do_not_get_each_others_answers)
{
    if (!begin())
        return;
    must_work(8, net_times(20000));
    ck_assert_uint_le(net_descriptors() - descriptors_before, 2 * 8);
    end();
}
END_TEST

START_TEST(more_threads_than_lanes_get_their_own_answers)
{
    if (!begin())
        return;
    must_work(2 * TE_LANES_COUNT, net_times(2000));
    ck_assert_uint_le(net_descriptors() - descriptors_before, 2 * TE_LANES_COUNT);
    end();
}
END_TEST

/*
 * ---- Threads that are killed, as Wine's TerminateThread does it: from a signal handler. ----
 *
 * AddressSanitizer keeps a record of each thread by its stack, and takes the next thread on the
 * same stack for the one that died unannounced: these are run without it, and under valgrind.
 */
#ifndef SANITIZED
#define KILLING_TESTS \
    threads_killed_in_mid_call_hold_nobody_up, a_dead_threads_lane_is_taken_over_and_begun_anew,

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(int signal)
{
    (void)signal;
    syscall(SYS_exit, 0);
}

static void *call_forever(void *arg)
{
    atomic_int *calls = arg;

    for (;;) {
        if (call(&pair.server_tuple, NULL))
            abort();
        atomic_fetch_add(calls, 1);
    }
    return NULL;
}

START_TEST(threads_killed_in_mid_call_hold_nobody_up)
{
    unsigned kills = 4 * net_times(100), leaked, i;
    uint64_t until = now_ns() + 1000000000u * (uint64_t)atoi(getenv("KILL_SECONDS") ?: "0");
    struct sigaction action = {.sa_handler = die};

    if (!begin())
        return;
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    for (i = 0; i < kills || now_ns() < until; i++) {
        atomic_int calls = 0;
        pthread_t thread;
        uint64_t start;

        ck_assert_int_eq(pthread_create(&thread, NULL, call_forever, &calls), 0);
        while (atomic_load(&calls) < 3)
            usleep(20);
        usleep(i % 97);
        ck_assert_int_eq(pthread_kill(thread, SIGUSR1), 0);
        pthread_join(thread, NULL);
        start = now_ns();
        ck_assert_int_eq(call(&pair.client_tuple, NULL), 0);
        ck_assert_uint_lt(now_ns() - start, 1000000000);
    }
    kills = i;
    /* A thread killed between socket() and taking note of it leaves that; hardly any is. */
    leaked = net_descriptors() - descriptors_before;
    ck_assert_uint_le(leaked, 2 * TE_LANES_COUNT + kills / 20);
    te_lanes_free(lanes);
    ck_assert_uint_le(net_descriptors(), descriptors_before + kills / 20);
    net_close(&pair);
}
END_TEST

struct deathbed {
    struct te_lane *lane;
    struct te_diag left;
    pid_t tid;
};

/* Dies with a lane in its hands, in the socket of which an answer waits that nobody will read. */
static void *die_holding_a_lane(void *arg)
{
    struct deathbed *bed = arg;
    struct te_query query = {.tuple = pair.client_tuple};
    struct te_lane_use use;
    struct te_snapshot s;
    struct {
        struct nlmsghdr head;
        uint32_t body[14];
    } request = {.head = {.nlmsg_len = sizeof(request), .nlmsg_type = 20, .nlmsg_flags = 1}};

    te_lane_acquire(lanes, &use);
    te_diag_lookup(&use.lane->diag, &ns, &query, &s);
    request.head.nlmsg_seq = ++use.lane->diag.seq;
    if (send(use.lane->diag.fd, &request, sizeof(request), 0) < 0)
        abort();
    bed->lane = use.lane;
    bed->left = use.lane->diag;
    bed->tid = (pid_t)syscall(SYS_gettid);
    syscall(SYS_exit, 0);
    return NULL;
}

START_TEST(a_dead_threads_lane_is_taken_over_and_begun_anew)
{
    static struct te_lane_use use[TE_LANES_COUNT];
    struct deathbed bed;
    pthread_t thread;
    unsigned found = 0;
    struct stat st;

    if (!begin())
        return;
    ck_assert_int_eq(pthread_create(&thread, NULL, die_holding_a_lane, &bed), 0);
    pthread_join(thread, NULL);
    AWAIT(syscall(SYS_tgkill, getpid(), bed.tid, 0) != 0); /* it is joined somewhat earlier */
    ck_assert_int_ge(bed.left.fd, 0);
    for (int i = 0; i < TE_LANES_COUNT; i++) {
        te_lane_acquire(lanes, &use[i]);
        if (use[i].lane != bed.lane)
            continue;
        found++;
        ck_assert_int_eq(use[i].lane->diag.fd, -1);
        ck_assert_ptr_null(use[i].lane->memory.map);
        ck_assert_int_eq(fstat(bed.left.fd, &st), -1);
    }
    ck_assert_uint_eq(found, 1);
    for (int i = 0; i < TE_LANES_COUNT; i++)
        te_lane_release(lanes, &use[i]);
    ck_assert_int_eq(call(&pair.client_tuple, NULL), 0);
    end();
}
END_TEST

#else
#define KILLING_TESTS
#endif

/* ---- fork() and its relatives ---- */

/* The child's exit status, or 255 when it had none. */
static int status_of(pid_t child)
{
    int status;

    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* In a child: one number for each thing that can be wrong. */
static int child_calls(const struct te_tuple *tuple, uint64_t parents, unsigned calls)
{
    uint64_t ours, first = 0;

    for (unsigned i = 0; i < calls; i++) {
        if (call(tuple, &ours) != 0)
            return 1;
        if (ours == parents)
            return 2;
        if (first && ours != first)
            return 3;
        first = ours;
    }
    /* The parent's is not even open any more. */
    for (int fd = 0; fd < 100; fd++)
        if (identity(fd) == parents)
            return 4;
    return 0;
}

static void parent_and_child_call_at_once(void)
{
    unsigned calls = net_times(20000), i;
    uint64_t before, after;
    pid_t child;

    if (!begin())
        return;
    ck_assert_int_eq(call(&pair.client_tuple, &before), 0);
    child = fork();
    if (child == 0)
        _exit(child_calls(&pair.server_tuple, before, calls));
    for (i = 0; i < calls; i++) {
        ck_assert_int_eq(call(&pair.client_tuple, &after), 0);
        ck_assert_uint_eq(after, before);
    }
    ck_assert_int_eq(status_of(child), 0);
    end();
}

START_TEST(parent_and_child_have_sockets_of_their_own)
{
    parent_and_child_call_at_once();
}
END_TEST

START_TEST(so_they_have_on_a_kernel_that_does_not_wipe_on_fork)
{
    no_wipe = true;
    parent_and_child_call_at_once();
    no_wipe = false;
}
END_TEST

START_TEST(a_child_made_by_a_bare_system_call_has_its_own_too)
{
    uint64_t before;
    pid_t child;

    if (!begin())
        return;
    ck_assert_int_eq(call(&pair.client_tuple, &before), 0);
    child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(child_calls(&pair.server_tuple, before, 10));
    ck_assert_int_eq(status_of(child), 0);
    end();
}
END_TEST

/* Each generation calls, checks that it has no more descriptors than the first, and forks. */
static int descend(unsigned depth, unsigned allowed, uint64_t parents)
{
    uint64_t ours;
    pid_t child;

    if (call(&pair.client_tuple, &ours) != 0)
        return 1;
    if (ours == parents)
        return 2;
    if (net_descriptors() > allowed)
        return 3;
    if (depth == 0)
        return 0;
    child = fork();
    if (child == 0)
        _exit(descend(depth - 1, allowed, ours));
    return status_of(child);
}

START_TEST(a_chain_of_forks_gathers_no_descriptors)
{
    static struct te_lane_use use[TE_LANES_COUNT];
    struct te_query query;
    struct te_snapshot s;

    if (!begin())
        return;
    /* All lanes are open when it begins. */
    query = (struct te_query){.tuple = pair.client_tuple};
    for (int i = 0; i < TE_LANES_COUNT; i++) {
        te_lane_acquire(lanes, &use[i]);
        ck_assert_int_eq(te_diag_lookup(&use[i].lane->diag, &ns, &query, &s), 0);
    }
    for (int i = 0; i < TE_LANES_COUNT; i++)
        te_lane_release(lanes, &use[i]);
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();

        if (child == 0)
            _exit(descend(20, descriptors_before + 2, 0));
        ck_assert_int_eq(status_of(child), 0);
    }
    end();
}
END_TEST

START_TEST(lanes_busy_while_forking_are_free_in_the_child)
{
    uint64_t sockets[TE_LANES_COUNT];
    static struct te_lane_use use[TE_LANES_COUNT];
    struct te_query query;
    struct te_snapshot s;
    pid_t child;

    if (!begin())
        return;
    query = (struct te_query){.tuple = pair.client_tuple};
    for (int i = 0; i < TE_LANES_COUNT; i++) {
        te_lane_acquire(lanes, &use[i]);
        ck_assert_int_eq(te_diag_lookup(&use[i].lane->diag, &ns, &query, &s), 0);
        sockets[i] = identity(use[i].lane->diag.fd);
    }
    child = fork();
    if (child == 0) {
        struct te_lane_use mine;

        te_lane_acquire(lanes, &mine);
        if (mine.slot < 0)
            _exit(1);
        if (mine.lane->diag.fd != -1 || mine.lane->memory.map)
            _exit(2);
        te_lane_release(lanes, &mine);
        _exit(net_descriptors() <= descriptors_before ? 0 : 3);
    }
    ck_assert_int_eq(status_of(child), 0);
    for (int i = 0; i < TE_LANES_COUNT; i++) {
        ck_assert_uint_eq(identity(use[i].lane->diag.fd), sockets[i]);
        te_lane_release(lanes, &use[i]);
    }
    end();
}
END_TEST

START_TEST(the_mapped_memory_is_not_used_by_a_child)
{
    char dir[] = "/tmp/test-lanes-XXXXXX";
    struct te_lane_use use;
    pid_t child;

    if (!begin())
        return;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    te_places_init(&places, dir);
    te_lane_acquire(lanes, &use);
    te_memory_ready(&use.lane->memory, NULL, NULL);
    ck_assert_ptr_nonnull(use.lane->memory.map);
    te_lane_release(lanes, &use);
    child = fork();
    if (child == 0) {
        te_lane_acquire(lanes, &use);
        _exit(use.lane->memory.map ? 1 : 0);
    }
    ck_assert_int_eq(status_of(child), 0);
    te_lane_acquire(lanes, &use);
    ck_assert_ptr_nonnull(use.lane->memory.map);
    te_lane_release(lanes, &use);
    end();
    net_run("rm -r %s", dir);
}
END_TEST

/* The child runs in the parent's memory, with descriptors of its own. */
static int vfork_and_call(void)
{
    pid_t child = vfork();

    if (child == 0)
        _exit(call(&pair.server_tuple, NULL) == 0 ? 0 : 1);
    return status_of(child);
}

START_TEST(a_call_between_vfork_and_exec_harms_nobody)
{
    if (!begin())
        return;
    for (int i = 0; i < 3; i++) {
        /* Its socket is in the lane now, but not among our descriptors. */
        ck_assert_int_eq(vfork_and_call(), 0);
        ck_assert_int_eq(call(&pair.client_tuple, NULL), 0);
        ck_assert_int_eq(vfork_and_call(), 0);
    }
    end();
}
END_TEST

SUITE("lanes", 120, calls_one_after_the_other_share_one_socket,
      short_lived_threads_share_one_socket_too,
      each_use_has_a_lane_to_itself_and_all_are_given_back,
      eight_threads_do_not_get_each_others_answers, more_threads_than_lanes_get_their_own_answers,
      KILLING_TESTS parent_and_child_have_sockets_of_their_own,
      so_they_have_on_a_kernel_that_does_not_wipe_on_fork,
      a_child_made_by_a_bare_system_call_has_its_own_too, a_chain_of_forks_gathers_no_descriptors,
      lanes_busy_while_forking_are_free_in_the_child, the_mapped_memory_is_not_used_by_a_child,
      a_call_between_vfork_and_exec_harms_nobody)
