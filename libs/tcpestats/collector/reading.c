/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <string.h>

#include "collector/reading.h"

/* A write takes less than a microsecond, a copy less than a tenth of one. */
#define TRIES 200

_Static_assert(offsetof(struct te_record_head, remote) ==
                       offsetof(struct te_record_head, local) + offsetof(struct te_tuple, remote) &&
                   offsetof(struct te_record_head, reserved) ==
                       offsetof(struct te_record_head, local) + offsetof(struct te_tuple, reserved),
               "a record names its connection as the library does");
_Static_assert(offsetof(struct te_collector_record, sock) ==
                       offsetof(struct te_record_copy, sock) &&
                   offsetof(struct te_collector_record, in) == offsetof(struct te_record_copy, in),
               "copied in one go");

static void pause_a_little(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

bool te_record_copy(const struct te_collector_record *record, struct te_record_copy *copy)
{
    for (int i = 0; i < TRIES; i++) {
        uint32_t seq = __atomic_load_n(&record->head.seq, __ATOMIC_ACQUIRE);

        if (!(seq & 1)) {
            memcpy(copy, record, sizeof(*copy));
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            if (__atomic_load_n(&record->head.seq, __ATOMIC_RELAXED) == seq)
                return true;
        }
        pause_a_little();
    }
    return false;
}

bool te_record_read(const struct te_collector_record *record, const struct te_record_key *key,
                    struct te_record_copy *copy)
{
    const struct te_record_head *head = &copy->head;

    return te_record_copy(record, copy) && head->live == 1 && head->epoch &&
           (!key->epoch || head->epoch == key->epoch) && head->cookie == key->cookie &&
           head->netns == key->netns && !memcmp(head->local, &key->tuple, sizeof(key->tuple)) &&
           head->time_ns;
}

bool te_record_suffices(uint32_t features, unsigned info_len)
{
    return features & TE_COLLECT_TOTAL_RTO || info_len < TE_TI_END(tcpi_total_rto);
}

void te_snapshot_of_record(const struct te_record_copy *record, unsigned info_len,
                           struct te_snapshot *s)
{
    const struct te_record_sock *k = &record->sock;

    memset(s, 0, sizeof(*s));
    s->time_ns = record->head.time_ns;
    s->netns = record->head.netns;
    s->cookie = record->head.cookie;
    memcpy(&s->tuple, record->head.local, sizeof(s->tuple));
    s->whole = true;
    s->state = k->state;
    s->info_len = (uint16_t)(info_len < sizeof(s->info) ? info_len : sizeof(s->info));
    s->rqueue = k->rcv_nxt - k->copied_seq;
    s->wqueue = k->write_seq - k->snd_una;
    s->info = (struct te_tcp_info){
        .tcpi_state = k->state,
        .tcpi_ca_state = k->ca_state,
        .tcpi_retransmits = k->retransmits,
        .tcpi_backoff = k->backoff,
        .tcpi_options = k->options,
        .tcpi_wscale = (uint8_t)((k->snd_wscale & 15) | k->rcv_wscale << 4),
        .tcpi_flags = k->app_limited & 1,
        .tcpi_rto = k->rto_us,
        .tcpi_snd_mss = k->mss_cache,
        .tcpi_unacked = k->packets_out,
        .tcpi_sacked = k->sacked_out,
        .tcpi_lost = k->lost_out,
        .tcpi_retrans = k->retrans_out,
        /* Kernels that do not tell the window tell only this, its bound: better the window. */
        .tcpi_rcv_ssthresh = k->rcv_wnd,
        .tcpi_rtt = k->srtt_us,
        .tcpi_rttvar = k->mdev_us,
        .tcpi_snd_ssthresh = k->snd_ssthresh,
        .tcpi_snd_cwnd = k->snd_cwnd,
        .tcpi_advmss = k->advmss,
        .tcpi_reordering = k->reordering,
        .tcpi_rcv_rtt = k->rcv_rtt_us,
        .tcpi_total_retrans = k->total_retrans,
        .tcpi_bytes_acked = k->bytes_acked,
        .tcpi_bytes_received = k->bytes_received,
        .tcpi_segs_out = k->segs_out,
        .tcpi_segs_in = k->segs_in,
        .tcpi_notsent_bytes = k->write_seq - k->snd_nxt,
        .tcpi_min_rtt = k->min_rtt_us,
        .tcpi_data_segs_in = k->data_segs_in,
        .tcpi_data_segs_out = k->data_segs_out,
        .tcpi_delivery_rate = k->delivery_rate,
        .tcpi_busy_time = k->busy_us,
        .tcpi_rwnd_limited = k->rwnd_limited_us,
        .tcpi_sndbuf_limited = k->sndbuf_limited_us,
        .tcpi_delivered = k->delivered,
        .tcpi_delivered_ce = k->delivered_ce,
        .tcpi_bytes_sent = k->bytes_sent,
        .tcpi_bytes_retrans = k->bytes_retrans,
        .tcpi_dsack_dups = k->dsack_dups,
        .tcpi_snd_wnd = k->snd_wnd,
        .tcpi_rcv_wnd = k->rcv_wnd,
        .tcpi_total_rto = k->total_rto,
        .tcpi_total_rto_recoveries = k->total_rto_recoveries,
        .tcpi_received_ce = k->received_ce,
    };
    if (s->info_len < sizeof(s->info))
        memset((uint8_t *)&s->info + s->info_len, 0, sizeof(s->info) - s->info_len);
}
