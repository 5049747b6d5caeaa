/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the collector's eBPF programs know of one connection: one record of a frozen, mapped array.
 * Read by three compilers (clang for bpf, the daemon's, the library's), so: fixed widths, no
 * padding.
 *
 * Only the programs write. A reader copies a record between two equal, even values of seq. All
 * writers of one record run under its socket's lock.
 */
#ifndef TE_COLLECTOR_RECORD_H
#define TE_COLLECTOR_RECORD_H

#include "shared/rate.h"

/* A change of layout is a new number; a client that reads another layout uses no collector. */
#define TE_COLLECTOR_LAYOUT 2

/* What this kernel lets the programs collect; members that need what is missing have no source. */
enum te_collector_feature {
    TE_COLLECT_CORE = 1,        /* tcp_probe, inet_sock_set_state: everything not named below */
    TE_COLLECT_CA_SET = 2,      /* tcp_cong_state_set (6.1): else by state differences */
    TE_COLLECT_EGRESS = 4,      /* cgroup_skb/egress on the root of cgroup2 */
    TE_COLLECT_INGRESS = 8,     /* cgroup_skb/ingress: half-closed connections */
    TE_COLLECT_DATA_READY = 16, /* sk_data_ready (6.12): exact MaxAppRQueue */
    TE_COLLECT_BAD_CSUM = 32,   /* tcp_bad_csum */
    TE_COLLECT_TOTAL_RTO = 64,  /* tcp_sock.total_rto (6.7) */
    TE_COLLECT_HEADERS = 128    /* segment headers can be read: bpf_rdonly_cast, or probe_read */
};

/* The sender's limits, in the order of enum te_limit. */
enum { TE_RECORD_LIMITS = 3 };

/* tcp_sock as it stood at time_ns, in the kernel's own units. */
struct te_record_sock {
    uint64_t bytes_sent, bytes_retrans, bytes_acked, bytes_received;
    uint64_t busy_us, rwnd_limited_us, sndbuf_limited_us; /* tcp_sock.chrono_stat, running part
                                                             included, as tcp_info has them */
    uint64_t delivery_rate;                               /* bytes/s, as tcp_info */
    /* Relative: snd_una is bytes_acked, rcv_nxt is bytes_received, modulo 2^32. Every user of the
       collector can read them, and absolute ones would help to inject segments. */
    uint32_t snd_una, snd_nxt, write_seq, rcv_nxt, copied_seq;
    uint32_t snd_wnd, rcv_wnd; /* scaled */
    uint32_t window_clamp;
    uint32_t segs_out, segs_in, data_segs_out, data_segs_in;
    uint32_t snd_cwnd, snd_ssthresh, snd_cwnd_clamp; /* segments */
    uint32_t mss_cache, advmss, mss_clamp;           /* mss_clamp: rx_opt's */
    uint32_t srtt_us, mdev_us;                       /* as tcp_info shows them: >> 3, >> 2 */
    uint32_t rttvar_us;                              /* tcp_sock.rttvar_us, unscaled */
    uint32_t rto_us;                                 /* icsk_rto, backed off */
    uint32_t min_rtt_us, rcv_rtt_us;
    uint32_t packets_out, sacked_out, lost_out, retrans_out;
    uint32_t reordering, total_retrans, dsack_dups;
    uint32_t delivered, delivered_ce, received_ce;
    uint32_t ooo_bytes; /* from rcv_nxt to the end of the out-of-order queue, 0: empty */
    uint16_t total_rto, total_rto_recoveries;
    uint8_t ca_state, retransmits, backoff, options; /* options: TE_OPT_* */
    uint8_t snd_wscale, rcv_wscale;                  /* 0 where not in use, see options */
    uint8_t state, app_limited;
};

/* What only the programs see, since the connection's record began. */
struct te_record_events {
    uint64_t data_bytes_in; /* payload of every segment that arrived, duplicates too; and what
                               was waiting out of order before, once it is in order */
    /* What the kernel had accepted (bytes_received) at the instant from which data_bytes_in counts:
       their sum is the best that can be said since the connection began. */
    uint64_t received_before;
    uint64_t limit_bytes[TE_RECORD_LIMITS];
    uint64_t limit_ns[TE_RECORD_LIMITS]; /* the running limit's share up to limit_since_ns */
    uint64_t limit_since_ns;
    uint64_t sum_rtt_us, pre_cong_sum_rtt_us, post_cong_sum_rtt_us;
    uint64_t pre_cong_sum_cwnd; /* bytes */
    uint64_t sum_bytes_reordered;
    uint64_t max_retx_queue, max_app_wqueue, max_app_rqueue, max_reasm_queue;
    uint32_t limit_trans[TE_RECORD_LIMITS];
    uint32_t limit; /* enum te_limit + 1: the running one, 0: not looked yet */
    uint32_t soft_errors, soft_error_reason;
    uint32_t slow_start, cong_avoid, other_reductions;
    uint32_t max_ss_cwnd, max_ca_cwnd, max_ssthresh, min_ssthresh; /* bytes; min 0: never set */
    uint32_t fast_retran, timeouts, subsequent_timeouts, abrupt_timeouts;
    uint32_t dup_acks_in, sacks_rcvd, sack_blocks_rcvd;
    uint32_t cong_signals, post_cong_count;
    uint32_t ecn_signals, ce_rcvd, send_stall;
    uint32_t non_recov_da, non_recov_da_episodes;
    uint32_t sample_rtt_us, max_rtt_us, min_rtt_us, count_rtt; /* us 0: no sample */
    uint32_t max_rto_us, min_rto_us;
    uint32_t max_mss, min_mss;
    uint32_t spurious_rto;
    uint32_t dup_ack_episodes, dup_acks_out;
    uint32_t max_rwin_sent, min_rwin_sent, max_rwin_rcvd, min_rwin_rcvd; /* min ~0: none yet */
    uint32_t open; /* enum te_open: PASSIVE or ACTIVE once certain */
    uint32_t reserved;
};

/* What the programs need from one look to the next; readers leave it alone. */
struct te_record_scratch {
    uint64_t word[16];
};

struct te_record_head {
    uint32_t seq;      /* odd: being written */
    uint32_t live;     /* 1: the socket lives and the record is its own */
    uint64_t epoch;    /* of this allocation: unlike any other of this boot, 0: never used */
    uint64_t cookie;   /* socket cookie */
    uint64_t netns;    /* cookie of the network namespace */
    uint8_t local[16]; /* the tuple in the library's canonical form (snapshot.h) */
    uint8_t remote[16];
    uint16_t family, local_port, remote_port, reserved; /* host byte order */
    uint32_t enabled;  /* classes that somebody wants, bits as in tcpestats_conn.enabled */
    uint32_t changes;  /* grows with every enable and disable that the daemon carried out */
    uint64_t since_ns; /* CLOCK_MONOTONIC when the record began */
    uint64_t time_ns;  /* and when sock was last filled */
};

struct te_collector_record {
    struct te_record_head head;
    struct te_record_sock sock;
    struct te_record_events events;
    struct te_rate out, in;
    struct te_record_scratch scratch;
};

/* Padding would differ: i386 puts 64 bits at any multiple of 4. */
_Static_assert(sizeof(struct te_record_sock) == 216, "same layout on all machines");
_Static_assert(sizeof(struct te_record_events) == 320, "same layout on all machines");
_Static_assert(sizeof(struct te_collector_record) == 824, "same layout on all machines");

#endif
