/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/claims.h"
#include "hot.h"
#include "lanes.h"

#define OWNER TE_CLAIM
#define GENERATION TE_CLAIM_GENERATION
#define TID TE_CLAIM_TID

/* How often to look again when others took what we had found to be free. */
#define TAKE_TRIES 3

struct te_lanes {
    struct te_claims claims;
    /* A lane of another generation than the process' is inherited: nobody's. */
    _Atomic uint64_t owner[TE_LANES_COUNT];
    _Atomic uint32_t last[TE_LANES_COUNT]; /* thread that used it last, 0: never used */
    struct te_lane lane[TE_LANES_COUNT];
};

static void lane_init(struct te_lane *lane)
{
    lane->diag = (struct te_diag)TE_DIAG_INIT;
    lane->state = (struct te_state)TE_STATE_INIT;
}

static void lane_close(struct te_lane *lane)
{
    te_diag_close(&lane->diag);
    te_state_close(&lane->state);
    te_hot_clear(lane->hot);
    lane_init(lane);
}

int te_lanes_new(struct te_lanes **result)
{
    struct te_lanes *lanes = calloc(1, sizeof(*lanes));
    uint32_t generation;

    if (!lanes)
        return -ENOMEM;
    if (te_claims_new(&lanes->claims)) {
        free(lanes);
        return -ENOMEM;
    }
    generation = te_claims_generation(&lanes->claims, NULL);
    for (int i = 0; i < TE_LANES_COUNT; i++) {
        lanes->owner[i] = OWNER(generation, 0);
        lane_init(&lanes->lane[i]);
    }
    *result = lanes;
    return 0;
}

void te_lanes_free(struct te_lanes *lanes)
{
    if (!lanes)
        return;
    for (int i = 0; i < TE_LANES_COUNT; i++) {
        lane_close(&lanes->lane[i]);
        te_hot_free(lanes->lane[i].hot);
    }
    te_claims_free(&lanes->claims);
    free(lanes);
}

/*
 * The thread's number, asked for once in each generation. A number that were out of date (in a
 * child of vfork, which runs in its parent's memory) would only make its lane look like another's.
 * In static TLS, since a dlopen()ed library's dynamic TLS is allocated at a thread's first access.
 */
static uint32_t thread_id(uint32_t generation)
{
    static _Thread_local uint32_t known_generation __attribute__((tls_model("initial-exec")));
    static _Thread_local uint32_t known_tid __attribute__((tls_model("initial-exec")));

    if (known_generation != generation) {
        known_tid = (uint32_t)syscall(SYS_gettid);
        known_generation = generation;
    }
    return known_tid;
}

static bool take(struct te_lanes *lanes, int slot, uint64_t from, struct te_lane_use *use)
{
    if (!atomic_compare_exchange_strong_explicit(&lanes->owner[slot], &from, use->owner,
                                                 memory_order_acquire, memory_order_relaxed))
        return false;
    use->slot = slot;
    use->lane = &lanes->lane[slot];
    return true;
}

/* What another process may be using, or a dead thread may have left in any state, is not used. */
static bool take_over(struct te_lanes *lanes, int slot, uint64_t from, struct te_lane_use *use)
{
    if (!take(lanes, slot, from, use))
        return false;
    lane_close(use->lane);
    return true;
}

static void give_back(struct te_lanes *lanes, int slot, uint64_t owner)
{
    uint64_t nobody = OWNER(GENERATION(owner), 0);

    /* Not ours to give where we were taken for dead: from another thread group (vfork). */
    atomic_compare_exchange_strong_explicit(&lanes->owner[slot], &owner, nobody,
                                            memory_order_release, memory_order_relaxed);
}

/* Begins a child's life: lets go of everything that is the parent's. */
static void begin(struct te_lanes *lanes, uint32_t generation)
{
    struct te_lane_use use = {.owner = OWNER(generation, syscall(SYS_gettid))};

    for (int i = 0; i < TE_LANES_COUNT; i++) {
        uint64_t owner = atomic_load(&lanes->owner[i]);

        if (GENERATION(owner) != generation && take_over(lanes, i, owner, &use)) {
            atomic_store(&lanes->last[i], 0);
            give_back(lanes, i, use.owner);
        }
    }
}

static uint32_t current_generation(struct te_lanes *lanes)
{
    bool begun;
    uint32_t generation = te_claims_generation(&lanes->claims, &begun);

    if (begun)
        begin(lanes, generation);
    return generation;
}

/*
 * A free lane: the one we had last time, else any. False when all are taken, or when others were quicker time and again.
 */
static bool take_free(struct te_lanes *lanes, uint32_t generation, struct te_lane_use *use)
{
    uint32_t me = TID(use->owner);
    uint64_t nobody = OWNER(generation, 0);
    int any = -1;

    for (int i = 0; i < TE_LANES_COUNT; i++) {
        uint64_t owner = atomic_load_explicit(&lanes->owner[i], memory_order_relaxed);
        uint32_t last = atomic_load_explicit(&lanes->last[i], memory_order_relaxed);

        /* Left over where a child was killed while it began its life. */
        if (GENERATION(owner) != generation && take_over(lanes, i, owner, use))
            return true;
        if (owner != nobody)
            continue;
        if (last == me && take(lanes, i, nobody, use))
            return true;
        if (any < 0)
            any = i;
    }
    return any >= 0 && take(lanes, any, nobody, use);
}

static bool take_from_dead(struct te_lanes *lanes, struct te_lane_use *use)
{
    for (int i = 0; i < TE_LANES_COUNT; i++) {
        uint64_t owner = atomic_load_explicit(&lanes->owner[i], memory_order_relaxed);

        if (TID(owner) != 0 && te_claims_is_dead(TID(owner)) && take_over(lanes, i, owner, use))
            return true;
    }
    return false;
}

void te_lane_acquire(struct te_lanes *lanes, struct te_lane_use *use)
{
    uint32_t generation = current_generation(lanes);
    uint32_t me = thread_id(generation);
    bool taken = false;

    use->owner = OWNER(generation, me);
    for (int i = 0; i < TAKE_TRIES && !taken; i++)
        taken = take_free(lanes, generation, use);
    if (!taken && !take_from_dead(lanes, use)) {
        lane_init(&use->temporary);
        use->temporary.hot = NULL;
        use->temporary.temporary = true;
        use->lane = &use->temporary;
        use->slot = -1;
    } else if (atomic_load_explicit(&lanes->last[use->slot], memory_order_relaxed) != me) {
        atomic_store_explicit(&lanes->last[use->slot], me, memory_order_relaxed);
    }
}

void te_lane_release(struct te_lanes *lanes, struct te_lane_use *use)
{
    if (use->slot < 0) {
        lane_close(use->lane);
        return;
    }
    give_back(lanes, use->slot, use->owner);
}
