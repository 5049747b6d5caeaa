/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many threads at once, on the same and on different connections. */
#include "tests.h"

#include <string.h>

#define THREADS 8
#define ROUNDS 400

struct worker {
    const struct row *rows;
    int n_rows, self;
    LONG calls, wrong;
    ULONG last_wrong;
};

static void judge(struct worker *w, ULONG code)
{
    w->calls++;
    if (code != NO_ERROR) {
        w->wrong++;
        w->last_wrong = code;
    }
}

/* Each worker switches a connection of its own and reads everybody's. */
static DWORD WINAPI work(void *arg)
{
    struct worker *w = arg;
    BYTE rod[160];

    for (int i = 0; i < ROUNDS; i++) {
        const struct row *own = &w->rows[w->self % w->n_rows];
        const struct row *any = &w->rows[(w->self + i) % w->n_rows];
        int cls = 1 + (w->self + i) % (CLASSES - 1);
        int rw;

        judge(w, set_class(own, cls, 1));
        rw = get_rw(own, cls);
        judge(w, rw == RW_ON(cls) ? NO_ERROR : (ULONG)rw);
        judge(w, get_rod(any, cls, rod));
        judge(w, set_class(own, cls, 0));
        rw = get_rw(own, cls);
        judge(w, rw == 0 ? NO_ERROR : (ULONG)rw);
    }
    return 0;
}

struct look {
    struct row row;
    int rw[CLASSES];
};

static DWORD WINAPI look_on(void *arg)
{
    struct look *l = arg;

    FOR_SWITCHES(cls) l->rw[cls] = get_rw(&l->row, cls);
    return 0;
}

/* What one thread has set another reads at once. */
static void check_other_thread(const struct row *row)
{
    struct look look = {.row = *row};

    topic("threads.seen-at-once");
    for (int on = 1; on >= 0; on--) {
        HANDLE thread;

        FOR_SWITCHES(cls) set_class(row, cls, on);
        thread = CreateThread(NULL, 0, look_on, &look, 0, NULL);
        WaitForSingleObject(thread, 10000);
        CloseHandle(thread);
        FOR_SWITCHES(cls)
        ok(look.rw[cls] == (on ? RW_ON(cls) : 0), "%s: another thread reads %d", classes[cls].name,
           look.rw[cls]);
    }
}

void test_threads(void)
{
    struct conn conns[THREADS];
    struct row rows[THREADS];
    struct worker workers[THREADS];
    HANDLE threads[THREADS];
    int n = 0;

    topic("threads");
    for (int i = 0; i < THREADS; i++) {
        if (!test_conn(&conns[n], i % FAMILIES ? V6 : V4, 0))
            continue;
        rows[n] = conns[n].client_row;
        n++;
    }
    if (n < THREADS) {
        skip("only %d connections", n);
    } else {
        check_other_thread(&rows[0]);
        memset(workers, 0, sizeof(workers));
        for (int i = 0; i < THREADS; i++) {
            workers[i].rows = rows;
            workers[i].n_rows = n;
            workers[i].self = i;
            threads[i] = CreateThread(NULL, 0, work, &workers[i], 0, NULL);
        }
        topic("threads.end");
        ok(WaitForMultipleObjects(THREADS, threads, TRUE, 60000) == WAIT_OBJECT_0,
           "not all threads ended within a minute");
        topic("threads.answers");
        for (int i = 0; i < THREADS; i++) {
            ok(workers[i].calls == 5 * ROUNDS, "thread %d made %ld calls", i, workers[i].calls);
            ok(!workers[i].wrong, "thread %d: %ld of %ld answers were wrong, lately %lu", i,
               workers[i].wrong, workers[i].calls, workers[i].last_wrong);
            CloseHandle(threads[i]);
        }
    }
    while (n)
        conn_close(&conns[--n]);
}
