/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "base/clock.h"
#include "base/guard.h"

#define PATIENCE_NS 500000000u
#define YIELDS 10u
#define SLEEP_MIN_NS 20000
#define SLEEP_MAX_NS 1000000

bool te_wait(struct te_wait *wait)
{
    struct timespec nap = {0, SLEEP_MIN_NS};

    if (!wait->until_ns)
        wait->until_ns = te_now() + PATIENCE_NS;
    /* A lock is held for microseconds, unless its holder lost the processor. */
    if (wait->rounds++ < YIELDS) {
        sched_yield();
        return true;
    }
    if (te_now() >= wait->until_ns)
        return false;
    nap.tv_nsec <<= wait->rounds - YIELDS < 6 ? wait->rounds - YIELDS : 6;
    if (nap.tv_nsec > SLEEP_MAX_NS)
        nap.tv_nsec = SLEEP_MAX_NS;
    nanosleep(&nap, NULL);
    return true;
}

void te_guard_enter(struct te_guard *guard)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};
    sigset_t set;

    _Static_assert(sizeof(guard->mask) >= sizeof(sigset_t), "te_guard.mask");
    sigfillset(&set);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(&set, faults[i]);
    pthread_sigmask(SIG_BLOCK, &set, (sigset_t *)(void *)guard->mask);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard->cancel);
}

void te_guard_leave(const struct te_guard *guard)
{
    int unused;

    pthread_setcancelstate(guard->cancel, &unused);
    pthread_sigmask(SIG_SETMASK, (const sigset_t *)(const void *)guard->mask, NULL);
}
