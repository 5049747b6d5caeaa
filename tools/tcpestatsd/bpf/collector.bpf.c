// SPDX-License-Identifier: GPL-2.0
/*
 * The collector's programs: what each hook does. Tracepoints and cgroup hooks only, because kernels
 * that are hardened refuse to patch functions.
 */
#include "arrive.h"
#include "checksum.h"
#include "give.h"
#include "leave.h"

char LICENSE[] SEC("license") = "GPL";

/*
 * A segment has arrived on an established connection and nothing has been done about it yet.
 * BPF_PROBE of the build can name another hook with these two arguments.
 */
SEC(PROBE_HOOK)
int BPF_PROG(probe, struct sock *sk, struct sk_buff *skb)
{
    struct te_collector_record *r;
    struct tcp_sock *tp;
    struct segment s;

    if (awaiting)
        adopt(sk);
    if (is_stranger(sk))
        return 0;
    r = record_take(bpf_sk_storage_get(&holdings, sk, 0, 0));
    if (!r)
        return 0;
    tp = bpf_skc_to_tcp_sock(sk);
    if (tp) {
        look_between(r, tp, bpf_ktime_get_ns());
        segment_of_skb(&s, skb);
        arrive(r, tp, &s);
    }
    record_unlock(r);
    return 0;
}

/* The congestion state is about to be set. */
SEC("tp_btf/tcp_cong_state_set")
int BPF_PROG(cong_state_set, struct sock *sk, uint8_t to)
{
    struct te_collector_record *r;
    struct tcp_sock *tp;
    uint64_t now;

    if (is_stranger(sk))
        return 0;
    r = record_take(bpf_sk_storage_get(&holdings, sk, 0, 0));
    if (!r)
        return 0;
    tp = bpf_skc_to_tcp_sock(sk);
    if (tp) {
        now = bpf_ktime_get_ns();
        if (!scratch_of(r)->primed)
            look(r, tp, now);
        if (scratch_of(r)->on & (ON_PATH | ON_FINE_RTT))
            sample_rtt(r, tp);
        if (scratch_of(r)->on & (ON_PATH | ON_SND_CONG))
            congestion_event(r, tp, ca_state_of(tp), to);
        if (scratch_of(r)->on & ON_SND_CONG && to == TE_CA_LOSS) {
            limit_book(r, tp, r->events.limit, now);
            limit_enter(r, BY_CWND);
        }
    }
    record_unlock(r);
    return 0;
}

static __always_inline void gone(struct sock *sk, struct holding *h)
{
    struct te_collector_record *r = record_take(h);
    struct tcp_sock *tp;

    if (r) {
        tp = bpf_skc_to_tcp_sock(sk);
        if (tp)
            look(r, tp, bpf_ktime_get_ns());
        retire(r);
        forget_tuple(r);
        record_unlock(r);
    }
    if (h->ready)
        tell(h, NOTICE_DEAD);
    bpf_sk_storage_delete(&holdings, sk);
}

/* A connection ends, or one side has nothing more to say. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(set_state, struct sock *sk, int from, int to)
{
    struct te_collector_record *r;
    struct holding *h;

    if (to != TE_CLOSE && from != TE_ESTABLISHED && from != TE_SYN_SENT)
        return 0;
    h = bpf_sk_storage_get(&holdings, sk, 0, 0);
    if (!h)
        return 0;
    if (to == TE_CLOSE) {
        gone(sk, h);
    } else if (from == TE_ESTABLISHED) {
        tell(h, NOTICE_HALF_CLOSED);
    } else if (to == TE_ESTABLISHED) {
        r = record_take(h);
        if (!r)
            return 0;
        r->events.open = 2;
        record_unlock(r);
    }
    return 0;
}

/* For those that got their record while they were being closed. */
SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(destroy, struct sock *sk)
{
    struct holding *h;

    if (is_stranger(sk))
        return 0;
    h = bpf_sk_storage_get(&holdings, sk, 0, 0);
    if (h)
        gone(sk, h);
    return 0;
}

/* Data has been queued for the program, which has not been woken yet (6.12). */
SEC("tp_btf/sk_data_ready")
int BPF_PROG(data_ready, struct sock *sk)
{
    struct te_collector_record *r;
    struct tcp_sock *tp;
    uint32_t unread;

    if (is_stranger(sk))
        return 0;
    r = record_take(bpf_sk_storage_get(&holdings, sk, 0, 0));
    if (!r)
        return 0;
    tp = bpf_skc_to_tcp_sock(sk);
    if (tp && r->head.enabled & ON_REC) {
        unread = tp->rcv_nxt - tp->copied_seq;
        if (unread && state_of(tp) != TE_ESTABLISHED && state_of(tp) != TE_FIN_WAIT1 &&
            state_of(tp) != TE_FIN_WAIT2)
            unread--;
        RAISE(r->events.max_app_rqueue, unread);
    }
    record_unlock(r);
    return 0;
}

/* A segment is dropped for its checksum; its socket is not locked, nor even known. */
SEC("tp_btf/tcp_bad_csum")
int BPF_PROG(bad_csum, struct sk_buff *skb)
{
    struct te_collector_record *r;
    struct tuple tuple;

    if (!tuple_of_skb(&tuple, skb))
        return 0;
    r = record_take(bpf_map_lookup_elem(&tuples, &tuple));
    if (!r)
        return 0;
    if (r->head.enabled & ON_DATA)
        soft_error(&r->events, BAD_CHECKSUM, 1);
    record_unlock(r);
    return 0;
}

SEC("cgroup_skb/egress")
int egress(struct __sk_buff *skb)
{
    struct te_collector_record *r;
    struct bpf_sock *sk = skb->sk;
    struct tcp_sock *tp;
    struct segment s;

    if (!sk)
        return 1;
    tp = bpf_skc_to_tcp_sock(sk);
    if (!tp || is_stranger(&tp->inet_conn.icsk_inet.sk))
        return 1;
    sk = bpf_sk_fullsock(sk);
    if (!sk)
        return 1;
    r = record_take(bpf_sk_storage_get(&holdings, sk, 0, 0));
    if (!r)
        return 1;
    if (segment_of_packet(&s, skb))
        leave(r, tp, &s, bpf_ktime_get_ns());
    record_unlock(r);
    return 1;
}

/* Segments for connections that one side has closed do not pass tcp_probe. No lock is held here. */
SEC("cgroup_skb/ingress")
int ingress(struct __sk_buff *skb)
{
    struct te_collector_record *r;
    struct bpf_sock *sk = skb->sk;
    struct tcp_sock *tp;
    struct segment s;

    if (!sk)
        return 1;
    sk = bpf_sk_fullsock(sk);
    if (!sk || sk->state == TE_ESTABLISHED || sk->state == TE_SYN_SENT || sk->state == TE_LISTEN)
        return 1;
    r = record_take(bpf_sk_storage_get(&holdings, sk, 0, 0));
    if (!r)
        return 1;
    tp = bpf_skc_to_tcp_sock(sk);
    if (tp && segment_of_packet(&s, skb)) {
        look_between(r, tp, bpf_ktime_get_ns());
        arrive(r, tp, &s);
    }
    record_unlock(r);
    return 1;
}

/* Looks the connection up as a segment from its peer would. With a reference to be released. */
static __always_inline struct bpf_sock *find(struct __sk_buff *skb, const struct request *q)
{
    struct bpf_sock_tuple t = {};

    if (q->family == AF_INET) {
        __builtin_memcpy(&t.ipv4.saddr, q->remote, 4);
        __builtin_memcpy(&t.ipv4.daddr, q->local, 4);
        t.ipv4.sport = ntoh16(q->remote_port);
        t.ipv4.dport = ntoh16(q->local_port);
        return bpf_sk_lookup_tcp(skb, &t, sizeof(t.ipv4), (int64_t)q->nsid, 0);
    }
    __builtin_memcpy(t.ipv6.saddr, q->remote, 16);
    __builtin_memcpy(t.ipv6.daddr, q->local, 16);
    t.ipv6.sport = ntoh16(q->remote_port);
    t.ipv6.dport = ntoh16(q->local_port);
    return bpf_sk_lookup_tcp(skb, &t, sizeof(t.ipv6), (int64_t)q->nsid, 0);
}

/* Run by user space; see request.h. */
SEC("tc")
int enable(struct __sk_buff *skb)
{
    const struct request *q = (void *)(long)skb->data;
    struct holding none = {}, *h;
    int outcome = NO_SOCKET;
    struct tcp_sock *tp;
    struct bpf_sock *sk;

    if ((void *)(q + 1) > (void *)(long)skb->data_end)
        return BAD_REQUEST;
    sk = find(skb, q);
    if (!sk)
        return q->may_wait ? await(q) : NO_SOCKET;
    tp = bpf_skc_to_tcp_sock(sk);
    if (tp)
        outcome = matches(q, tp);
    if (tp && outcome == DONE) {
        h = bpf_sk_storage_get(&holdings, sk, &none, BPF_SK_STORAGE_GET_F_CREATE);
        outcome = h ? give(q, h, tp) : NO_MEMORY;
    }
    bpf_sk_release(sk);
    return outcome;
}

SEC("tc")
int release(struct __sk_buff *skb)
{
    const struct request *q = (void *)(long)skb->data;
    struct holding *h;
    struct bpf_sock *sk;
    int outcome;

    if ((void *)(q + 1) > (void *)(long)skb->data_end)
        return BAD_REQUEST;
    outcome = take_away(q->slot, q->epoch);
    if (awaiting) {
        struct awaited_key key = {q->cookie, q->netns};

        await_no_more(&key);
    }
    /* One that can't be found keeps a holding that no record answers to: it does nothing. */
    sk = find(skb, q);
    if (!sk)
        return outcome;
    h = bpf_sk_storage_get(&holdings, sk, 0, 0);
    if (h && h->slot == q->slot)
        bpf_sk_storage_delete(&holdings, sk);
    bpf_sk_release(sk);
    return outcome;
}
