/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * struct tcp_info as Linux 7.0 sends it, declared here because Debian 12's header stops before
 * tcpi_rcv_wnd and libnl-idiag's after 104 bytes. The kernel appends: a reply of an older one is a
 * prefix, so a member may be read only if the reply was long enough (TE_TI_END). It has broken that
 * once, see tcpi_ecn.
 */
#ifndef TE_TCP_INFO_H
#define TE_TCP_INFO_H

#include <stddef.h>
#include <stdint.h>

#include "shared/tcp.h"

struct te_tcp_info {
    uint8_t tcpi_state;
    uint8_t tcpi_ca_state;
    uint8_t tcpi_retransmits;
    uint8_t tcpi_probes;
    uint8_t tcpi_backoff;
    uint8_t tcpi_options;
    uint8_t tcpi_wscale; /* low nibble: snd, high nibble: rcv (little endian bit fields) */
    uint8_t tcpi_flags;  /* bit 0: delivery_rate_app_limited, bits 1-2: fastopen_client_fail */
    uint32_t tcpi_rto;   /* us */
    uint32_t tcpi_ato;
    uint32_t tcpi_snd_mss;
    uint32_t tcpi_rcv_mss;
    uint32_t tcpi_unacked;
    uint32_t tcpi_sacked;
    uint32_t tcpi_lost;
    uint32_t tcpi_retrans;
    uint32_t tcpi_fackets;
    uint32_t tcpi_last_data_sent; /* ms ago */
    uint32_t tcpi_last_ack_sent;
    uint32_t tcpi_last_data_recv;
    uint32_t tcpi_last_ack_recv;
    uint32_t tcpi_pmtu;
    uint32_t tcpi_rcv_ssthresh;
    uint32_t tcpi_rtt; /* us, smoothed */
    uint32_t tcpi_rttvar;
    uint32_t tcpi_snd_ssthresh; /* segments */
    uint32_t tcpi_snd_cwnd;     /* segments */
    uint32_t tcpi_advmss;
    uint32_t tcpi_reordering;
    uint32_t tcpi_rcv_rtt;
    uint32_t tcpi_rcv_space;
    uint32_t tcpi_total_retrans;   /* 104 bytes end here: Linux 2.6.10 */
    uint64_t tcpi_pacing_rate;     /* 3.15 */
    uint64_t tcpi_max_pacing_rate; /* 3.15 */
    uint64_t tcpi_bytes_acked;     /* 4.1 */
    uint64_t tcpi_bytes_received;  /* 4.1 */
    uint32_t tcpi_segs_out;        /* 4.2 */
    uint32_t tcpi_segs_in;         /* 4.2 */
    uint32_t tcpi_notsent_bytes;   /* 4.6 */
    uint32_t tcpi_min_rtt;         /* 4.6 */
    uint32_t tcpi_data_segs_in;    /* 4.6 */
    uint32_t tcpi_data_segs_out;   /* 4.6 */
    uint64_t tcpi_delivery_rate;   /* 4.9, bytes/s */
    uint64_t tcpi_busy_time;       /* 4.10, us */
    uint64_t tcpi_rwnd_limited;    /* 4.10 */
    uint64_t tcpi_sndbuf_limited;  /* 4.10 */
    uint32_t tcpi_delivered;       /* 4.18 */
    uint32_t tcpi_delivered_ce;    /* 4.18 */
    uint64_t tcpi_bytes_sent;      /* 4.19 */
    uint64_t tcpi_bytes_retrans;   /* 4.19 */
    uint32_t tcpi_dsack_dups;      /* 4.19 */
    uint32_t tcpi_reord_seen;      /* 4.19 */
    uint32_t tcpi_rcv_ooopack;     /* 5.4 */
    uint32_t tcpi_snd_wnd;         /* 5.4 */
    uint32_t tcpi_rcv_wnd;         /* 6.2 */
    uint32_t tcpi_rehash;          /* 6.2 */
    uint16_t tcpi_total_rto;       /* 6.7 */
    uint16_t tcpi_total_rto_recoveries;
    uint32_t tcpi_total_rto_time;
    uint32_t tcpi_received_ce; /* 6.18 */
    uint32_t tcpi_delivered_e1_bytes;
    uint32_t tcpi_delivered_e0_bytes;
    uint32_t tcpi_delivered_ce_bytes;
    uint32_t tcpi_received_e1_bytes;
    uint32_t tcpi_received_e0_bytes;
    uint32_t tcpi_received_ce_bytes;
    /* 7.0: bits 0-1 ecn_mode, 2-3 accecn_opt_seen, 4-7 accecn_fail_mode, 8-31 options2; before
       that, in 6.18 and 6.19, accecn_fail_mode and accecn_opt_seen of 16 bits each, and no way to
       tell. */
    uint32_t tcpi_ecn;
};

_Static_assert(
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "tcpi_wscale and tcpi_flags are bit fields in the kernel, their order is the machine's");
_Static_assert(offsetof(struct te_tcp_info, tcpi_total_retrans) == 100, "tcp_info of 2.6.10");
_Static_assert(offsetof(struct te_tcp_info, tcpi_bytes_acked) == 120, "tcp_info of 4.1");
_Static_assert(offsetof(struct te_tcp_info, tcpi_bytes_sent) == 200, "tcp_info of 4.19");
_Static_assert(offsetof(struct te_tcp_info, tcpi_received_ce) == 248, "tcp_info of 6.7");
_Static_assert(sizeof(struct te_tcp_info) == 280, "tcp_info of 6.18 and 7.0");

/* Number of bytes that a reply needs for a member to be in it. */
#define TE_TI_END(member) \
    (offsetof(struct te_tcp_info, member) + sizeof(((struct te_tcp_info *)0)->member))

#endif
