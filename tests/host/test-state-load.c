/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Many at once, and some of them killed or stopped at any instant: what was acknowledged is there,
 * and nobody waits for the dead.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "state-kit.h"

#define PROCESSES 8
#define IDENTS 2000

/* What the processes tell each other, in shared memory. */
struct tally {
    _Atomic uint32_t done[IDENTS]; /* acknowledged increments */
    _Atomic uint32_t calls;
    _Atomic uint32_t busy; /* of them, what found a lock taken for half a second */
    _Atomic uint32_t errors;
    _Atomic int32_t error; /* one of them */
    _Atomic uint64_t slowest_us;
    _Atomic bool stop;
};

static uint64_t next_random(uint64_t *state)
{
    *state = te_sum(*state + 1, NULL, 0);
    return *state >> 16;
}

/* Cookies from here on are of connections that are dead as soon as they are asked about. */
#define EPHEMERAL 1000000

static int alive_unless_ephemeral(void *arg, const struct te_ident *ident,
                                  const struct te_entry *entry)
{
    (void)arg, (void)entry;
    return ident->cookie < EPHEMERAL;
}

static int bump(struct te_state *st, const char *dir, uint64_t cookie)
{
    struct te_ident ident = kit_ident(cookie);

    return te_state_update(st, dir, &ident, true, kit_apply_bump, NULL, alive_unless_ephemeral,
                           NULL);
}

/* -EBUSY is an answer: nothing was done. On a machine with more to do than this it happens. */
static void note_error(struct tally *tally, int error)
{
    if (error == -EBUSY) {
        atomic_fetch_add(&tally->busy, 1);
        return;
    }
    atomic_fetch_add(&tally->errors, 1);
    atomic_store(&tally->error, error);
}

static void expect_no_errors(const struct tally *tally)
{
    ck_assert_msg(tally->errors == 0, "%u errors, such as %d", tally->errors, tally->error);
    ck_assert_msg(tally->busy <= tally->calls / 500, "%u of %u calls found a lock taken",
                  tally->busy, tally->calls);
}

/* Increments at random; every eighth time with a connection that soon is dead. */
static void work(const char *dir, struct tally *tally, uint64_t seed, int times)
{
    struct te_state st = TE_STATE_INIT;

    for (int i = 0; (times < 0 || i < times) && !tally->stop; i++) {
        uint32_t n = (uint32_t)(next_random(&seed) % IDENTS);
        uint64_t start = kit_now_us(), took;
        int rc = bump(&st, dir, 1 + n);

        took = kit_now_us() - start;
        if (took > tally->slowest_us)
            tally->slowest_us = took;
        if (rc)
            note_error(tally, rc);
        else
            atomic_fetch_add(&tally->done[n], 1);
        if (i % 8 == 0 && (rc = bump(&st, dir, EPHEMERAL + (next_random(&seed) & 0xffffff))))
            note_error(tally, rc);
        rc = kit_get_quietly(&st, dir, 1 + n);
        if (rc < 0 || (!rc && tally->done[n]))
            note_error(tally, rc ? rc : -ENOENT);
        atomic_fetch_add(&tally->calls, 1);
    }
    te_state_close(&st);
}

/* Every acknowledged increment is there, and no more than `extra` that were not acknowledged. */
static void compare(const char *dir, const struct tally *tally, uint32_t extra)
{
    struct te_state st = TE_STATE_INIT;
    uint32_t more = 0, sum = 0;

    for (uint32_t n = 0; n < IDENTS; n++) {
        int value = kit_get(&st, dir, 1 + n);

        ck_assert_msg(value >= (int)tally->done[n], "connection %u: %d, but %u were acknowledged",
                      n, value, tally->done[n]);
        more += (uint32_t)value - tally->done[n];
        sum += tally->done[n];
    }
    ck_assert_msg(more <= extra, "%u increments that nobody knows of", more);
    ck_assert_uint_gt(sum, 0);
    te_state_close(&st);
}

START_TEST(eight_processes_lose_no_increment)
{
    const char *dir = kit_fresh();
    struct tally *tally = kit_shared(sizeof(*tally));
    pid_t pids[PROCESSES];
    struct stat sb;

    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = kit_fork();
        if (!pids[i]) {
            work(dir, tally, (uint64_t)i, 4000);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++)
        ck_assert_int_eq(kit_wait(pids[i]), 0);
    expect_no_errors(tally);
    compare(dir, tally, 0);
    ck_assert_int_eq(stat(kit_file(dir), &sb), 0);
    ck_assert_msg(sb.st_size > 65536, "the file has not grown");
    ck_assert_int_eq(kit_count_names(dir), 1);
}
END_TEST

START_TEST(who_reads_while_others_write_sees_one_state_or_the_next)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct tally *tally = kit_shared(sizeof(*tally));
    uint64_t until = kit_now_us() + 1500000;
    int last = 1;
    pid_t pid;

    ck_assert_int_eq(kit_bump(&st, dir, 1), 0);
    pid = kit_fork();
    if (!pid) {
        struct te_state own = TE_STATE_INIT;

        while (!tally->stop)
            if (kit_bump(&own, dir, 1))
                _exit(1);
        _exit(0);
    }
    while (kit_now_us() < until) {
        int value = kit_get(&st, dir, 1);

        ck_assert_int_ge(value, last);
        last = value;
    }
    tally->stop = true;
    ck_assert_int_eq(kit_wait(pid), 0);
    ck_assert_int_gt(last, 100);
    te_state_close(&st);
}
END_TEST

START_TEST(killing_writers_at_any_instant_loses_nothing)
{
    const char *dir = kit_fresh();
    struct tally *tally = kit_shared(sizeof(*tally));
    uint64_t seconds = (uint64_t)atoi(getenv("KILL_SECONDS") ?: "4");
    uint64_t seed = 1, until = kit_now_us() + seconds * 1000000;
    uint32_t kills = 0, ended = 0;
    pid_t pids[PROCESSES] = {0};

    while (kit_now_us() < until) {
        int i = (int)(next_random(&seed) % PROCESSES);

        if (pids[i]) {
            kill(pids[i], SIGKILL);
            ended += kit_wait(pids[i]) != 128 + SIGKILL;
            kills++;
        }
        pids[i] = kit_fork();
        if (!pids[i]) {
            work(dir, tally, next_random(&seed), -1);
            _exit(0);
        }
        usleep((useconds_t)(next_random(&seed) % 4000));
    }
    tally->stop = true;
    for (int i = 0; i < PROCESSES; i++)
        if (pids[i])
            ck_assert_int_eq(kit_wait(pids[i]), 0);
    ck_assert_uint_gt(kills, 20);
    ck_assert_msg(!ended, "%u processes ended by themselves", ended);
    expect_no_errors(tally);
    ck_assert_msg(tally->slowest_us < 1000000, "a call took %lu us",
                  (unsigned long)tally->slowest_us);
    compare(dir, tally, kills);
    ck_assert_int_le(kit_count_names(dir), 2);
}
END_TEST

/* --- a holder of a lock that does not go on --- */

static int stop_in_the_middle(struct te_entry *entry, bool existed, void *arg)
{
    (void)arg;
    raise(SIGSTOP);
    return kit_apply_bump(entry, existed, NULL);
}

static int stop_when_asked(void *arg, const struct te_ident *ident, const struct te_entry *entry)
{
    static bool stopped;

    (void)arg, (void)ident, (void)entry;
    if (!stopped)
        raise(SIGSTOP);
    stopped = true;
    return 0;
}

static void wait_until_stopped(pid_t pid)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
    ck_assert(WIFSTOPPED(status));
}

START_TEST(a_stopped_writer_costs_others_half_a_second_and_readers_nothing)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct te_ident ident = kit_ident(1), elsewhere = kit_ident(2);
    uint64_t start;
    pid_t pid;

    ck_assert_int_eq(kit_bump(&st, dir, 1), 0);
    while (te_home(&elsewhere, st.pages) == te_home(&ident, st.pages))
        elsewhere.cookie++;
    pid = kit_fork();
    if (!pid) {
        struct te_state own = TE_STATE_INIT;

        _exit(te_state_update(&own, dir, &ident, true, stop_in_the_middle, NULL, NULL, NULL) != 0);
    }
    wait_until_stopped(pid);

    start = kit_now_us();
    ck_assert_int_eq(kit_bump(&st, dir, 1), -EBUSY);
    ck_assert_uint_gt(kit_now_us() - start, 450000);
    ck_assert_uint_lt(kit_now_us() - start, 900000);
    start = kit_now_us();
    ck_assert_int_eq(kit_get(&st, dir, 1), 1);
    ck_assert_int_eq(kit_bump(&st, dir, elsewhere.cookie), 0);
    ck_assert_uint_lt(kit_now_us() - start, 200000);

    kill(pid, SIGCONT);
    ck_assert_int_eq(kit_wait(pid), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 2);
    ck_assert_int_eq(kit_bump(&st, dir, 1), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 3);
    te_state_close(&st);
}
END_TEST

START_TEST(a_stopped_renewer_stops_only_other_renewals)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    uint64_t full = 0, start;
    pid_t pid;
    int rc;

    pid = kit_fork();
    if (!pid) {
        struct te_state own = TE_STATE_INIT;
        uint32_t one = 1;

        /* Stops when it first asks who is alive, that is, before room is made. */
        for (uint64_t i = 1; i <= 1000; i++) {
            struct te_ident ident = kit_ident(i);

            if (te_state_update(&own, dir, &ident, true, kit_apply_set, &one, stop_when_asked,
                                NULL))
                _exit(1);
        }
        _exit(0);
    }
    wait_until_stopped(pid);
    start = kit_now_us();
    ck_assert_int_eq(kit_set(&st, dir, 1, 9), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 9);
    ck_assert_uint_lt(kit_now_us() - start, 200000);
    /* Until others need room too. */
    do {
        start = kit_now_us();
        rc = kit_set(&st, dir, 5000 + ++full, 1);
    } while (!rc && full < 1000);
    ck_assert_int_eq(rc, -EBUSY);
    ck_assert_uint_lt(kit_now_us() - start, 900000);
    kill(pid, SIGCONT);
    ck_assert_int_eq(kit_wait(pid), 0);
    ck_assert_int_eq(kit_set(&st, dir, 5000 + full, 1), 0);
    te_state_close(&st);
}
END_TEST

START_TEST(the_lock_of_a_killed_writer_is_gone_at_once)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct te_ident ident = kit_ident(1);

    ck_assert_int_eq(kit_bump(&st, dir, 1), 0);
    for (int i = 0; i < 20; i++) {
        pid_t pid = kit_fork();
        uint64_t start;

        if (!pid) {
            struct te_state own = TE_STATE_INIT;

            te_state_update(&own, dir, &ident, true, stop_in_the_middle, NULL, NULL, NULL);
            _exit(1);
        }
        wait_until_stopped(pid);
        kill(pid, SIGKILL);
        ck_assert_int_eq(kit_wait(pid), 128 + SIGKILL);
        start = kit_now_us();
        ck_assert_int_eq(kit_bump(&st, dir, 1), 0);
        ck_assert_uint_lt(kit_now_us() - start, 200000);
        ck_assert_int_eq(kit_get(&st, dir, 1), i + 2);
    }
    te_state_close(&st);
}
END_TEST

/* --- threads that end wherever a signal finds them --- */

struct victim {
    const char *dir;
    struct tally *tally;
    struct te_state st;
};

static void end_thread(int signal)
{
    (void)signal;
    pthread_exit(NULL);
}

static void *be_victim(void *arg)
{
    struct victim *victim = arg;

    for (uint32_t n = 0;; n = (n + 1) % 10)
        if (!bump(&victim->st, victim->dir, 1 + n))
            atomic_fetch_add(&victim->tally->done[n], 1);
        else
            atomic_fetch_add(&victim->tally->errors, 1);
    return NULL;
}

START_TEST(threads_ended_by_a_signal_leave_no_lock_behind)
{
    struct victim victim = {kit_fresh(), kit_shared(sizeof(struct tally)), TE_STATE_INIT};
    struct sigaction action = {.sa_handler = end_thread};
    struct te_state st = TE_STATE_INIT;
    uint64_t seed = 1, slowest = 0;

#ifdef __SANITIZE_ADDRESS__
    /* It takes the reused stack of a thread that ended in a handler for overflowing. */
    puts("SKIP: threads ended by a signal: AddressSanitizer misjudges their stacks");
    return;
#endif
    sigaction(SIGQUIT, &action, NULL);
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        uint64_t start;

        /* What the last one had open stays open, with whatever it may have left locked. */
        victim.st = (struct te_state)TE_STATE_INIT;
        ck_assert_int_eq(pthread_create(&thread, NULL, be_victim, &victim), 0);
        usleep((useconds_t)(next_random(&seed) % 3000));
        pthread_kill(thread, SIGQUIT);
        pthread_join(thread, NULL);
        start = kit_now_us();
        for (uint32_t n = 0; n < 10; n++)
            if (!bump(&st, victim.dir, 1 + n))
                atomic_fetch_add(&victim.tally->done[n], 1);
            else
                atomic_fetch_add(&victim.tally->errors, 1);
        if (kit_now_us() - start > slowest)
            slowest = kit_now_us() - start;
    }
    ck_assert_uint_eq(victim.tally->errors, 0);
    ck_assert_msg(slowest < 400000, "ten changes took %lu us", (unsigned long)slowest);
    for (uint32_t n = 0; n < 10; n++) {
        int value = kit_get(&st, victim.dir, 1 + n);

        ck_assert_int_ge(value, (int)victim.tally->done[n]);
        ck_assert_int_le(value, (int)victim.tally->done[n] + 200);
    }
    te_state_close(&st);
}
END_TEST

SUITE("state under load", 120, eight_processes_lose_no_increment,
      who_reads_while_others_write_sees_one_state_or_the_next,
      killing_writers_at_any_instant_loses_nothing,
      a_stopped_writer_costs_others_half_a_second_and_readers_nothing,
      a_stopped_renewer_stops_only_other_renewals, the_lock_of_a_killed_writer_is_gone_at_once,
      threads_ended_by_a_signal_leave_no_lock_behind)
