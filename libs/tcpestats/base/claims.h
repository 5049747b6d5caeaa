/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Claims: who of this process' threads has something to himself, in a word that is changed by
 * compare-and-swap. Nobody holds a lock that his death would keep: a claim of a thread that is
 * gone, or of another generation of the process (its parent, before fork), may be taken over.
 */
#ifndef TE_CLAIMS_H
#define TE_CLAIMS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A claim: the generation in the upper half, the thread in the lower, 0 for nobody. */
#define TE_CLAIM(generation, tid) ((uint64_t)(generation) << 32 | (uint32_t)(tid))
#define TE_CLAIM_GENERATION(claim) ((uint32_t)((claim) >> 32))
#define TE_CLAIM_TID(claim) ((uint32_t)(claim))

/* The generation of this process, as one handle sees it. Private to claims.c. */
struct te_claims {
    /*
     * On a page that fork() gives to the child as zeroes, by whatever means it is called. With
     * kernels before 4.14: an ordinary page, and pid tells.
     */
    _Atomic uint32_t *generation;
    bool wiped;
    _Atomic uint32_t pid;
};

/* -ENOMEM. */
int te_claims_new(struct te_claims *claims);
void te_claims_free(struct te_claims *claims);

/*
 * The present generation; no two handles of a process share one. *begun, where not NULL: did this
 * very call begin it, in a child?
 */
uint32_t te_claims_generation(struct te_claims *claims, bool *begun);

/* Has that thread of this process ended? */
bool te_claims_is_dead(uint32_t tid);

#endif
