/* SPDX-License-Identifier: GPL-2.0 */
/* Copies tcp_sock into the record, in the terms of tcp_get_info(). */
#ifndef COLLECTOR_COPY_H
#define COLLECTOR_COPY_H

#include "state.h"

#define WINDOW_FIELD_MAX 65535u

static __always_inline uint8_t state_of(const struct tcp_sock *tp)
{
    return tp->inet_conn.icsk_inet.sk.__sk_common.skc_state;
}

static __always_inline uint8_t ca_state_of(const struct tcp_sock *tp)
{
    return BPF_CORE_READ_BITFIELD(tp, inet_conn.icsk_ca_state);
}

/* Negotiated, that is; both bits are set until then. */
static __always_inline bool has_accurate_ecn(const struct tcp_sock *tp)
{
    return (tp->ecn_flags & (ECN_MODE_RFC3168 | ECN_MODE_ACCECN)) == ECN_MODE_ACCECN;
}

static __always_inline const struct tcp_skb_cb *cb_of(const struct sk_buff *skb)
{
    return (const struct tcp_skb_cb *)&skb->cb[0];
}

/* Ticks to microseconds; a tick need not be a whole number of them. */
static __always_inline uint32_t rto_us(const struct tcp_sock *tp)
{
    uint64_t ticks = tp->inet_conn.icsk_rto;

    if (us_per_tick * (1000000 / us_per_tick) == 1000000)
        return ticks * us_per_tick;
    return ticks * 1000000 / (1000000 / us_per_tick);
}

static __always_inline void copy_chrono(struct te_record_sock *s, const struct tcp_sock *tp)
{
    uint32_t type = BPF_CORE_READ_BITFIELD(tp, chrono_type);
    uint64_t busy = tp->chrono_stat[0], rwnd = tp->chrono_stat[1], sndbuf = tp->chrono_stat[2];

    if (type) {
        uint32_t running = (uint32_t)bpf_jiffies64() - tp->chrono_start;

        if (type == CHRONO_BUSY)
            busy += running;
        else if (type == CHRONO_RWND)
            rwnd += running;
        else
            sndbuf += running;
    }
    s->busy_us = (busy + rwnd + sndbuf) * us_per_tick;
    s->rwnd_limited_us = rwnd * us_per_tick;
    s->sndbuf_limited_us = sndbuf * us_per_tick;
}

static __always_inline void copy_rate(struct te_record_sock *s, const struct tcp_sock *tp)
{
    uint64_t delivered = tp->rate_delivered;
    uint32_t interval = tp->rate_interval_us;

    s->delivery_rate = interval ? delivered * tp->mss_cache * 1000000 / interval : 0;
    s->app_limited = BPF_CORE_READ_BITFIELD(tp, rate_app_limited);
}

/* What the two sides have agreed on. */
static __always_inline void copy_options(struct te_record_sock *s, const struct tcp_sock *tp)
{
    uint8_t options = 0;

    s->snd_wscale = s->rcv_wscale = 0;
    if (BPF_CORE_READ_BITFIELD(tp, rx_opt.tstamp_ok))
        options |= TE_OPT_TIMESTAMPS;
    if (BPF_CORE_READ_BITFIELD(tp, rx_opt.sack_ok))
        options |= TE_OPT_SACK;
    if (BPF_CORE_READ_BITFIELD(tp, rx_opt.wscale_ok)) {
        options |= TE_OPT_WSCALE;
        s->snd_wscale = BPF_CORE_READ_BITFIELD(tp, rx_opt.snd_wscale);
        s->rcv_wscale = BPF_CORE_READ_BITFIELD(tp, rx_opt.rcv_wscale);
    }
    if (BPF_CORE_READ_BITFIELD(tp, syn_data_acked))
        options |= TE_OPT_SYN_DATA;
    s->options = options;
    s->mss_clamp = tp->rx_opt.mss_clamp;
}

/* ECN may be given up later. The kernel reckons with a greater window than it can say. */
static __always_inline void copy_limited(struct te_record_sock *s, const struct tcp_sock *tp)
{
    uint32_t most = WINDOW_FIELD_MAX << (s->rcv_wscale & 15);

    if (tp->ecn_flags & (ECN_MODE_RFC3168 | ECN_MODE_ACCECN))
        s->options |= TE_OPT_ECN;
    else
        s->options &= (uint8_t)~TE_OPT_ECN;
    if (s->rcv_wnd > most)
        s->rcv_wnd = most;
}

static __always_inline uint32_t waiting_bytes(const struct tcp_sock *tp)
{
    return tp->out_of_order_queue.rb_node ? cb_of(tp->ooo_last_skb)->end_seq - tp->rcv_nxt : 0;
}

/*
 * A record counts sequence numbers from these on: absolute ones would help to inject segments, and
 * records are shown to every user of the collector. They never change once the other side has
 * answered the SYN.
 */
static __always_inline uint32_t snd_start_of(const struct tcp_sock *tp)
{
    return tp->snd_una - (uint32_t)tp->bytes_acked;
}

static __always_inline uint32_t rcv_start_of(const struct tcp_sock *tp)
{
    return tp->rcv_nxt - (uint32_t)tp->bytes_received;
}

static __always_inline void copy_counters(struct te_record_sock *s, const struct tcp_sock *tp)
{
    s->bytes_sent = tp->bytes_sent;
    s->bytes_retrans = tp->bytes_retrans;
    s->bytes_acked = tp->bytes_acked;
    s->bytes_received = tp->bytes_received;
    s->segs_out = tp->segs_out;
    s->segs_in = tp->segs_in;
    s->data_segs_out = tp->data_segs_out;
    s->data_segs_in = tp->data_segs_in;
    s->total_retrans = tp->total_retrans;
    s->dsack_dups = tp->dsack_dups;
    s->delivered = tp->delivered;
    s->delivered_ce = tp->delivered_ce;
    if (bpf_core_field_exists(tp->received_ce))
        s->received_ce = tp->received_ce;
    if (bpf_core_field_exists(tp->total_rto)) {
        s->total_rto = tp->total_rto;
        s->total_rto_recoveries = tp->total_rto_recoveries;
    }
}

/* From the counters that copy_counters() has just copied, so that the two fit each other. */
static __always_inline void copy_sequence_numbers(struct te_record_sock *s,
                                                  const struct tcp_sock *tp)
{
    uint32_t una = tp->snd_una, next = tp->rcv_nxt;

    s->snd_una = (uint32_t)s->bytes_acked;
    s->snd_nxt = s->snd_una + (tp->snd_nxt - una);
    s->write_seq = s->snd_una + (tp->write_seq - una);
    s->rcv_nxt = (uint32_t)s->bytes_received;
    s->copied_seq = s->rcv_nxt - (next - tp->copied_seq);
}

static __always_inline void copy_windows(struct te_record_sock *s, const struct tcp_sock *tp)
{
    s->snd_wnd = tp->snd_wnd;
    s->rcv_wnd = tp->rcv_wnd;
    s->window_clamp = tp->window_clamp;
    s->snd_cwnd = tp->snd_cwnd;
    s->snd_ssthresh = tp->snd_ssthresh;
    s->snd_cwnd_clamp = tp->snd_cwnd_clamp;
    s->packets_out = tp->packets_out;
    s->sacked_out = tp->sacked_out;
    s->lost_out = tp->lost_out;
    s->retrans_out = tp->retrans_out;
    s->reordering = tp->reordering;
    s->ooo_bytes = waiting_bytes(tp);
    s->mss_cache = tp->mss_cache;
    s->advmss = tp->advmss;
}

static __always_inline void copy_timers(struct te_record_sock *s, const struct tcp_sock *tp)
{
    s->srtt_us = tp->srtt_us >> 3;
    s->mdev_us = tp->mdev_us >> 2;
    s->rttvar_us = tp->rttvar_us;
    s->rto_us = rto_us(tp);
    s->min_rtt_us = tp->rtt_min.s[0].v;
    s->rcv_rtt_us = tp->rcv_rtt_est.rtt_us >> 3;
    s->ca_state = ca_state_of(tp);
    s->retransmits = tp->inet_conn.icsk_retransmits;
    s->backoff = tp->inet_conn.icsk_backoff;
    s->state = state_of(tp);
}

static __always_inline void copy_sock(struct te_collector_record *r, const struct tcp_sock *tp,
                                      uint64_t now)
{
    /* Each read of the kernel's memory is checked, which adds up. */
    bool settled = r->sock.state == TE_ESTABLISHED;

    copy_counters(&r->sock, tp);
    copy_sequence_numbers(&r->sock, tp);
    copy_windows(&r->sock, tp);
    copy_timers(&r->sock, tp);
    copy_chrono(&r->sock, tp);
    copy_rate(&r->sock, tp);
    if (!settled)
        copy_options(&r->sock, tp);
    copy_limited(&r->sock, tp);
    r->head.time_ns = now;
}

#endif
