/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's structures as far as the programs look into them. Only names matter: libbpf finds
 * the running kernel's offsets in its BTF when it loads. So there is no need for a generated
 * vmlinux.h, nor for a kernel with BTF on the machine that builds, and what is used of the kernel
 * stands here.
 */
#ifndef COLLECTOR_KERNEL_H
#define COLLECTOR_KERNEL_H

#include <linux/bpf.h>

typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
typedef __s32 int32_t;
typedef __s64 int64_t;
typedef _Bool bool;
#define true 1
#define false 0

enum { AF_INET = 2, AF_INET6 = 10, IP_TCP = 6 };

/* tcp_skb_cb.tcp_flags and byte 13 of the header */
enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_ACK = 16, FLAG_ECE = 64 };

enum { ECN_MODE_RFC3168 = 1, ECN_MODE_ACCECN = 16 };

enum { CHRONO_BUSY = 1, CHRONO_RWND = 2, CHRONO_SNDBUF = 3 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net {
    uint64_t net_cookie;
};

typedef struct {
    struct net *net;
} possible_net_t;

typedef struct {
    int64_t counter;
} atomic64_t;

struct in6_addr {
    union {
        uint32_t u6_addr32[4];
    } in6_u;
};

struct sock_common {
    uint32_t skc_daddr, skc_rcv_saddr;
    uint16_t skc_dport, skc_num;
    unsigned short skc_family;
    volatile unsigned char skc_state;
    int skc_bound_dev_if;
    possible_net_t skc_net;
    struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
    atomic64_t skc_cookie;
};

typedef struct {
    int owned;
} socket_lock_t;

typedef struct {
    uint32_t val;
} kuid_t;

struct sock {
    struct sock_common __sk_common;
    struct bpf_local_storage *sk_bpf_storage;
    socket_lock_t sk_lock;
    kuid_t sk_uid;
};

struct inet_sock {
    struct sock sk;
};

struct inet_connection_sock {
    struct inet_sock icsk_inet;
    uint32_t icsk_rto;
    uint8_t icsk_ca_state : 5;
    uint8_t icsk_retransmits;
    uint8_t icsk_backoff;
};

struct minmax_sample {
    uint32_t t, v;
};

struct minmax {
    struct minmax_sample s[3];
};

struct rb_node {
    unsigned long __rb_parent_color;
};

struct rb_root {
    struct rb_node *rb_node;
};

struct tcp_options_received {
    uint32_t ts_recent;
    uint16_t tstamp_ok : 1, wscale_ok : 1, sack_ok : 3, snd_wscale : 4, rcv_wscale : 4;
    uint16_t mss_clamp;
};

struct tcp_skb_cb {
    uint32_t seq, end_seq, ack_seq;
    uint16_t tcp_flags;
    uint8_t ip_dsfield;
};

struct sk_buff {
    char cb[48];
    unsigned int len;
    uint16_t transport_header, network_header;
    uint32_t end;
    unsigned char *head, *data;
    struct net_device *dev;
};

struct net_device {
    possible_net_t nd_net;
};

struct skb_shared_info {
    unsigned short gso_size, gso_segs;
};

struct tcp_sock {
    struct inet_connection_sock inet_conn;
    uint32_t max_window, reordering, snd_wnd, mss_cache, snd_cwnd, lost_out, sacked_out;
    uint32_t snd_cwnd_stamp;
    uint32_t copied_seq, tlp_high_seq, rttvar_us, retrans_out;
    uint16_t advmss;
    uint32_t snd_ssthresh;
    struct minmax rtt_min;
    struct rb_root out_of_order_queue;
    uint32_t segs_out, data_segs_out;
    uint64_t bytes_sent;
    uint8_t chrono_type;
    uint32_t chrono_start, chrono_stat[3];
    uint32_t write_seq, mdev_us;
    uint64_t tcp_mstamp;
    uint8_t ecn_flags;
    uint8_t rate_app_limited : 1;
    uint32_t rcv_nxt, snd_nxt, snd_una, window_clamp, srtt_us, packets_out, delivered, delivered_ce;
    uint32_t received_ce; /* 6.18 */
    uint32_t rcv_wnd;
    struct tcp_options_received rx_opt;
    uint64_t bytes_received;
    uint32_t segs_in, data_segs_in, rcv_wup, rate_delivered, rate_interval_us;
    uint64_t bytes_acked;
    struct {
        uint32_t rtt_us;
    } rcv_rtt_est;
    uint32_t dsack_dups;
    uint8_t syn_data : 1, syn_data_acked : 1;
    uint32_t snd_cwnd_clamp, prior_cwnd;
    struct sk_buff *ooo_last_skb;
    uint32_t undo_marker;
    uint64_t bytes_retrans;
    uint32_t total_retrans;
    uint16_t total_rto, total_rto_recoveries; /* 6.7 */
};

#pragma clang attribute pop

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

static inline uint16_t ntoh16(uint16_t x)
{
    return __builtin_bswap16(x);
}

static inline uint32_t ntoh32(uint32_t x)
{
    return __builtin_bswap32(x);
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "ntoh16() and ntoh32() are written for little endian"
#endif

/* Is sequence number a before b? */
static inline bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

#endif
