/* SPDX-License-Identifier: GPL-2.0 */
/* The maps, what is known before loading, and the right to write to a record. */
#ifndef COLLECTOR_STATE_H
#define COLLECTOR_STATE_H

#include "kernel.h"
#include "shared/classes.h"
#include "shared/record.h"
#include "shared/tcp.h"
#include "request.h"

/* Which record a socket has. */
struct holding {
    uint64_t epoch;
    uint32_t slot;
    uint32_t ready; /* 0: the record is still being made */
};

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct holding);
} holdings SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* set when loading */
    __type(key, uint32_t);
    __type(value, struct te_collector_record);
} records SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* set when loading */
    __type(key, uint32_t);
    __type(value, struct owner);
} owners SEC(".maps");

struct awaited_key {
    uint64_t cookie, netns;
};

/*
 * Sockets that can't be looked up: bound to a device of a number that our own namespace
 * has none of. Their next segment finds them. `awaiting` is how many there are.
 */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1); /* set when loading */
    __type(key, struct awaited_key);
    __type(value, struct request);
} awaited SEC(".maps");

uint32_t awaiting;

/* What user space must hear of (struct notice). */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096); /* set when loading */
} notices SEC(".maps");

/* Known before loading; what they rule out is not even verified. */
const volatile uint32_t features;
const volatile uint32_t us_per_tick;

/* Hooks that are attached at present: enum te_collector_feature. Written by user space. */
uint32_t attached;

/* How often a hook found a record busy for too long: what it would have counted is lost. */
uint64_t passed_over;

/*
 * What is remembered from one look to the next, beside te_record_sock itself. Everybody may read
 * it, so its sequence numbers are relative, as all in a record are (copy.h).
 */
struct scratch {
    struct te_rate_mark out_mark, in_mark;
    uint64_t limit_sent; /* bytes_sent booked */
    uint32_t on;         /* classes at the last look */
    uint32_t srtt, mdev; /* unscaled */
    uint32_t rcv_wup;
    uint32_t pending, pending_retrans; /* duplicate ACKs since, and total_retrans at the first */
    uint32_t recover;                  /* snd_nxt when something was last retransmitted */
    uint32_t acked_out, window_out;    /* of the last acknowledgement sent */
    uint32_t rto_cwnd;                 /* what the last timeout left, 0: a segment came since */
    uint32_t cwnd, cwnd_stamp; /* the window, and snd_cwnd_stamp, when they were last seen */
    uint8_t primed;            /* 0: no look under the socket's lock yet */
    uint8_t ece, tlp;          /* the segment in progress: has ECE; answers a probe */
    uint8_t got_again;         /* the last segment held nothing new */
    uint8_t dup_run;           /* the last acknowledgement sent was a duplicate */
    uint8_t by_timeout;        /* what TE_CA_LOSS was entered by */
    uint8_t post_cong;         /* a sample after a congestion signal is awaited */
    uint8_t reduced;           /* the congestion state has changed since the last look */
    uint8_t falling;           /* and since the window was last seen */
};

_Static_assert(sizeof(struct scratch) <= sizeof(struct te_record_scratch), "fits");

static __always_inline struct scratch *scratch_of(struct te_collector_record *r)
{
    return (struct scratch *)&r->scratch;
}

/*
 * Who writes a record holds its sequence counter odd. The socket's lock keeps most writers apart,
 * but not all: an enable program has none, the ingress hook runs before it, and a hook that was
 * under way when its socket lost the record may come late. Who finds it odd waits for as long as a
 * look takes on another CPU, since a segment that is not looked at is lost to all counters; should
 * the holder have been interrupted on this one, it gives up.
 */
enum { LOCK_TRIES = 512, PAUSE = 16 };

/*
 * As many elements as there are tries: a loop over a map is a helper's, which the verifier follows
 * once. One of its own it follows round by round, in each program and on each way that leads there:
 * four fifths of the time that loading took were spent on that.
 */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, LOCK_TRIES);
    __type(key, uint32_t);
    __type(value, uint32_t);
} turns SEC(".maps");

/* Some time, in which the counter may change: the verifier follows every branch, but no loads. */
static __always_inline void pause(struct te_collector_record *r)
{
#pragma unroll
    for (int i = 0; i < PAUSE; i++)
        __sync_fetch_and_add(&r->head.seq, 0);
}

struct turn {
    struct te_collector_record *record;
    bool taken;
};

/* One of so many tries. Not 0: no more are needed. */
static long take_turn(void *map, const uint32_t *key, uint32_t *value, struct turn *turn)
{
    struct te_collector_record *r = turn->record;
    uint32_t seq;

    pause(r);
    seq = *(volatile uint32_t *)&r->head.seq;
    turn->taken = !(seq & 1) && __sync_val_compare_and_swap(&r->head.seq, seq, seq + 1) == seq;
    return turn->taken;
}

static __always_inline bool record_lock(struct te_collector_record *r)
{
    struct turn turn = {r, false};
    uint32_t seq = *(volatile uint32_t *)&r->head.seq;

    if (!(seq & 1) && __sync_val_compare_and_swap(&r->head.seq, seq, seq + 1) == seq)
        return true;
    bpf_for_each_map_elem(&turns, take_turn, &turn, 0);
    return turn.taken;
}

/* The exchange is a full barrier on every machine, unlike a store. */
static __always_inline void record_unlock(struct te_collector_record *r)
{
    __sync_lock_test_and_set(&r->head.seq, r->head.seq + 1);
}

/* No program keeps anything of it. Most sockets are strangers, and one load shows it. */
static __always_inline bool is_stranger(const struct sock *sk)
{
    return !sk->sk_bpf_storage;
}

/* The socket's record, locked, or NULL: none, or another socket's by now. */
static __always_inline struct te_collector_record *record_take(const struct holding *h)
{
    struct te_collector_record *r;
    uint32_t slot;

    if (!h || !h->ready)
        return NULL;
    slot = h->slot;
    r = bpf_map_lookup_elem(&records, &slot);
    if (!r)
        return NULL;
    if (!record_lock(r)) {
        __sync_fetch_and_add(&passed_over, 1);
        return NULL;
    }
    if (r->head.epoch == h->epoch && r->head.live)
        return r;
    record_unlock(r);
    return NULL;
}

#endif
