/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/claims.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* Generations given out so far, by us and our ancestors. */
static _Atomic uint32_t generations;

int te_claims_new(struct te_claims *claims)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);

    claims->generation = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                              0);
    if (claims->generation == MAP_FAILED)
        return -ENOMEM;
    claims->wiped = madvise(claims->generation, size, MADV_WIPEONFORK) == 0;
    claims->pid = (uint32_t)getpid();
    atomic_store(claims->generation, atomic_fetch_add(&generations, 1) + 1);
    return 0;
}

void te_claims_free(struct te_claims *claims)
{
    munmap((void *)claims->generation, (size_t)sysconf(_SC_PAGESIZE));
}

uint32_t te_claims_generation(struct te_claims *claims, bool *begun)
{
    uint32_t generation = atomic_load_explicit(claims->generation, memory_order_relaxed);
    uint32_t next;

    if (begun)
        *begun = false;
    if (claims->wiped ? generation != 0 : atomic_load(&claims->pid) == (uint32_t)getpid())
        return generation;
    next = atomic_fetch_add(&generations, 1) + 1;
    if (!atomic_compare_exchange_strong(claims->generation, &generation, next))
        return generation; /* another thread was first */
    atomic_store(&claims->pid, (uint32_t)getpid());
    if (begun)
        *begun = true;
    return next;
}

bool te_claims_is_dead(uint32_t tid)
{
    return syscall(SYS_tgkill, getpid(), tid, 0) != 0 && errno == ESRCH;
}
