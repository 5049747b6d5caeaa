/* SPDX-License-Identifier: GPL-2.0 */
/* Gives a socket a record, and takes it away. */
#ifndef COLLECTOR_GIVE_H
#define COLLECTOR_GIVE_H

#include "checksum.h"
#include "look.h"

/* Long against a look, short against what anybody waits for. */
enum { QUIET_US = 200 };

/* Everything but the counter that makes writers wait, which we hold. */
static __always_inline void clear(struct te_collector_record *r)
{
    volatile uint64_t *word = (volatile uint64_t *)r;
    uint32_t i;

    r->head.live = 0;
    for (i = 1; i < sizeof(*r) / sizeof(*word); i++)
        word[i] = 0;
}

/*
 * Has the kernel taken one sample only, that of the handshake? Then it is known exactly: the first
 * one sets the variation to half of itself (RFC 6298).
 */
static __always_inline void only_sample(struct te_collector_record *r, const struct tcp_sock *tp)
{
    struct te_record_events *e = &r->events;
    uint32_t srtt = tp->srtt_us;

    if (!srtt || tp->mdev_us * 4 != srtt)
        return;
    e->sample_rtt_us = e->max_rtt_us = e->min_rtt_us = srtt >> 3;
    e->sum_rtt_us = e->sample_rtt_us;
    e->count_rtt = 1;
}

/* By what the socket says, whatever the request says. */
static __always_inline void name(struct te_record_head *h, const struct request *q,
                                 const struct tcp_sock *tp)
{
    struct tuple t;

    tuple_of_sock(&t, tp);
    __builtin_memcpy(h->local, t.local, sizeof(h->local));
    __builtin_memcpy(h->remote, t.remote, sizeof(h->remote));
    h->family = t.family;
    h->local_port = t.local_port;
    h->remote_port = t.remote_port;
    h->netns = t.netns;
    h->cookie = q->cookie;
    h->epoch = q->epoch;
    h->enabled = q->classes;
}

/*
 * Whose socket it is, and where its sequence numbers start. The latter without the socket's lock:
 * read twice, some time apart, which does away with what is changing between two loads.
 */
static __always_inline void note_owner(struct te_collector_record *r, const struct request *q,
                                       const struct tcp_sock *tp)
{
    uint32_t slot = q->slot, snd, rcv;
    struct owner *o = bpf_map_lookup_elem(&owners, &slot);

    if (!o)
        return;
    if (o->epoch != q->epoch)
        o->have_starts = 0;
    o->uid = tp->inet_conn.icsk_inet.sk.sk_uid.val;
    o->ifindex = (uint32_t)tp->inet_conn.icsk_inet.sk.__sk_common.skc_bound_dev_if;
    snd = snd_start_of(tp);
    rcv = rcv_start_of(tp);
    pause(r);
    if (state_of(tp) != TE_SYN_SENT && snd == snd_start_of(tp) && rcv == rcv_start_of(tp)) {
        o->snd_start = snd;
        o->rcv_start = rcv;
        o->have_starts = 1;
    }
    __sync_lock_test_and_set(&o->epoch, q->epoch);
}

/*
 * What begins at the very moment a class is enabled, rather than with the next segment: the time
 * and the bytes of the limits, above all. The rest begins in look.h.
 */
static __always_inline void start(struct te_collector_record *r, const struct tcp_sock *tp,
                                  uint32_t added, uint64_t now)
{
    extremes(r, added);
    if (added & (ON_PATH | ON_FINE_RTT) && !r->events.count_rtt)
        only_sample(r, tp);
    if (added & ON_SND_CONG) {
        limit_begin(r, tp, now);
        scratch_of(r)->on |= ON_SND_CONG;
    }
}

/*
 * The socket's lock is not ours, so this is no look: differences count from the first one under the
 * lock (scratch.primed). Until then the record shows the socket as it is now, and its extremes.
 */
static __always_inline int fill(const struct request *q, const struct tcp_sock *tp, uint64_t now)
{
    struct te_collector_record *r;
    uint32_t slot = q->slot;

    r = bpf_map_lookup_elem(&records, &slot);
    if (!r)
        return BAD_REQUEST;
    if (!record_lock(r))
        return BUSY;
    clear(r);
    name(&r->head, q, tp);
    r->head.changes = 1;
    r->head.since_ns = now;
    r->events.min_rwin_sent = r->events.min_rwin_rcvd = ~0u;
    note_owner(r, q, tp);
    copy_sock(r, tp, now);
    r->events.received_before = payload_received(tp);
    start(r, tp, q->classes, now);
    r->head.live = 1;
    record_unlock(r);
    return DONE;
}

/* Best effort: without it only checksum errors go uncounted. */
static __always_inline void remember_tuple(const struct request *q, const struct tcp_sock *tp)
{
    struct holding h = {.epoch = q->epoch, .slot = q->slot, .ready = 1};
    struct tuple tuple;

    if (!(features & TE_COLLECT_BAD_CSUM))
        return;
    tuple_of_sock(&tuple, tp);
    bpf_map_update_elem(&tuples, &tuple, &h, BPF_ANY);
}

/* Not if another connection has the same addresses and ports by now. */
static __always_inline void forget_tuple(const struct te_collector_record *r)
{
    struct holding *h;
    struct tuple tuple;

    if (!(features & TE_COLLECT_BAD_CSUM))
        return;
    tuple_of_record(&tuple, &r->head);
    h = bpf_map_lookup_elem(&tuples, &tuple);
    if (h && h->epoch == r->head.epoch)
        bpf_map_delete_elem(&tuples, &tuple);
}

/* Nobody holds the socket's lock, nor has anything moved for a moment. */
static __always_inline bool is_quiet(const struct tcp_sock *tp, uint64_t now)
{
    const struct sock *sk = &tp->inet_conn.icsk_inet.sk;

    return !sk->sk_lock.owned && now / 1000 > tp->tcp_mstamp + QUIET_US;
}

/*
 * The last segment's effects are otherwise not seen before the next one arrives. Without the lock
 * that is safe only where nothing is going on.
 */
static __always_inline void refresh(struct te_collector_record *r, const struct tcp_sock *tp)
{
    uint64_t now = bpf_ktime_get_ns();

    if (!is_quiet(tp, now) || !record_lock(r))
        return;
    if (r->head.live && is_quiet(tp, now))
        look_between(r, tp, now);
    record_unlock(r);
}

/* The same classes once more: the caller wants to see what has happened until now. */
static __always_inline int change(const struct request *q, const struct tcp_sock *tp)
{
    struct te_collector_record *r;
    uint32_t slot = q->slot;

    r = bpf_map_lookup_elem(&records, &slot);
    if (!r)
        return BAD_REQUEST;
    note_owner(r, q, tp);
    if (r->head.enabled == q->classes) {
        refresh(r, tp);
        return DONE;
    }
    if (!record_lock(r))
        return BUSY;
    start(r, tp, q->classes & ~r->head.enabled, bpf_ktime_get_ns());
    r->head.enabled = q->classes;
    r->head.changes++;
    record_unlock(r);
    return DONE;
}

static __always_inline int matches(const struct request *q, const struct tcp_sock *tp)
{
    const struct sock_common *c = &tp->inet_conn.icsk_inet.sk.__sk_common;
    uint8_t state = state_of(tp);
    struct tuple t;

    if (c->skc_cookie.counter != (int64_t)q->cookie || c->skc_bound_dev_if != (int32_t)q->ifindex)
        return OTHER_SOCKET;
    tuple_of_sock(&t, tp);
    if (!is_called(&t, q))
        return OTHER_SOCKET;
    return state == TE_CLOSE || state == TE_LISTEN || state == TE_TIME_WAIT ? NO_SOCKET : DONE;
}

static __always_inline void retire(struct te_collector_record *r)
{
    r->head.live = 0;
    r->head.enabled = 0;
    r->head.changes++;
}

/* Who is late with this record finds another epoch in it, or no life. */
static __always_inline int take_away(uint32_t slot, uint64_t epoch)
{
    struct te_collector_record *r = bpf_map_lookup_elem(&records, &slot);

    if (!r)
        return BAD_REQUEST;
    if (!record_lock(r))
        return BUSY;
    if (r->head.epoch == epoch && r->head.live) {
        retire(r);
        forget_tuple(r);
    }
    record_unlock(r);
    return DONE;
}

/* h: what the socket holds; made just now if it is all zero. */
static __always_inline int give(const struct request *q, struct holding *h,
                                const struct tcp_sock *tp)
{
    int outcome;

    if (h->ready && h->epoch == q->epoch && h->slot == q->slot)
        return change(q, tp);
    /* Another record, which user space has not taken away. */
    if (h->ready)
        take_away(h->slot, h->epoch);
    h->ready = 0;
    outcome = fill(q, tp, bpf_ktime_get_ns());
    if (outcome != DONE)
        return outcome;
    remember_tuple(q, tp);
    h->slot = q->slot;
    h->epoch = q->epoch;
    __sync_lock_test_and_set(&h->ready, 1);
    return state_of(tp) == TE_CLOSE ? NO_SOCKET : DONE;
}

/* ---- Sockets that can't be looked up ---- */

/* Their classes change without them; what begins then does so at the next look. */
static __always_inline int change_unseen(const struct request *q, struct te_collector_record *r)
{
    uint32_t slot = q->slot;
    struct owner *o = bpf_map_lookup_elem(&owners, &slot);
    struct tuple t;

    tuple_of_record(&t, &r->head);
    if (!o || o->ifindex != q->ifindex || r->head.cookie != q->cookie || !is_called(&t, q))
        return OTHER_SOCKET;
    if (r->head.enabled == q->classes)
        return DONE;
    if (!record_lock(r))
        return BUSY;
    r->head.enabled = q->classes;
    r->head.changes++;
    record_unlock(r);
    return DONE;
}

static __always_inline int await(const struct request *q)
{
    struct awaited_key key = {q->cookie, q->netns};
    struct te_collector_record *r;
    uint32_t slot = q->slot;

    r = bpf_map_lookup_elem(&records, &slot);
    if (!r)
        return BAD_REQUEST;
    if (r->head.live && r->head.epoch == q->epoch)
        return change_unseen(q, r);
    if (bpf_map_update_elem(&awaited, &key, q, BPF_NOEXIST) == 0)
        __sync_fetch_and_add(&awaiting, 1);
    else if (bpf_map_update_elem(&awaited, &key, q, BPF_EXIST) != 0)
        return NO_MEMORY;
    return WAITS;
}

static __always_inline void await_no_more(const struct awaited_key *key)
{
    if (bpf_map_delete_elem(&awaited, key) == 0)
        __sync_fetch_and_sub(&awaiting, 1);
}

/*
 * Is it one of those? It is known by its cookie, which no other socket has, in the namespace of who
 * asked. What else he said of it does not matter: it gets its name from the kernel, and who calls
 * it by another one is told that there is none when he asks again.
 */
static __always_inline void adopt(struct sock *sk)
{
    struct awaited_key key = {(uint64_t)sk->__sk_common.skc_cookie.counter,
                              sk->__sk_common.skc_net.net->net_cookie};
    struct holding none = {}, *h;
    struct tcp_sock *tp;
    struct request *q;
    int outcome;

    q = bpf_map_lookup_elem(&awaited, &key);
    if (!q)
        return;
    tp = bpf_skc_to_tcp_sock(sk);
    if (!tp)
        return;
    h = bpf_sk_storage_get(&holdings, sk, &none, BPF_SK_STORAGE_GET_F_CREATE);
    outcome = h ? give(q, h, tp) : BUSY;
    if (outcome != BUSY)
        await_no_more(&key);
}

static __always_inline void tell(const struct holding *h, uint32_t kind)
{
    struct notice *n = bpf_ringbuf_reserve(&notices, sizeof(*n), 0);

    if (!n)
        return;
    n->epoch = h->epoch;
    n->slot = h->slot;
    n->kind = kind;
    bpf_ringbuf_submit(n, 0);
}

#endif
