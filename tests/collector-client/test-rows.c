/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The collector's rows: complete, honest about what is missing, right in units up to the extremes.
 */
#include <stdio.h>
#include <string.h>

#include "members/members.h"
#include "suite.h"

#define ALL (0x1feu | ON_INBOUND)
#define EVERYTHING (0xffu | TE_NEED_EGRESS_CLASS | TE_NEED_ORIGIN)

static struct te_record_copy record;
static struct te_snapshot s;
static struct te_bytes b;
static struct te_track t;
static struct te_carry c;
static struct te_facts facts;

/* A record with a different number in every member. */
static void distinct(void)
{
    memset(&record, 0, sizeof(record));
    record.head = (struct te_record_head){
        .live = 1, .epoch = 5, .cookie = 7, .enabled = ALL, .time_ns = 9000000000};
    record.sock = (struct te_record_sock){.bytes_sent = 710000,
                                          .bytes_retrans = 10000,
                                          .bytes_acked = 700001,
                                          .bytes_received = 8000,
                                          .busy_us = 99000,
                                          .rwnd_limited_us = 41000,
                                          .sndbuf_limited_us = 3000,
                                          .snd_una = 700001,
                                          .snd_nxt = 700501,
                                          .write_seq = 700801,
                                          .rcv_nxt = 8000,
                                          .copied_seq = 7900,
                                          .snd_wnd = 65000,
                                          .rcv_wnd = 66000,
                                          .window_clamp = 67000,
                                          .segs_out = 501,
                                          .segs_in = 502,
                                          .data_segs_out = 504,
                                          .data_segs_in = 503,
                                          .snd_cwnd = 30,
                                          .snd_ssthresh = 20,
                                          .snd_cwnd_clamp = 50,
                                          .mss_cache = 1448,
                                          .advmss = 1436,
                                          .mss_clamp = 1460,
                                          .srtt_us = 33450,
                                          .mdev_us = 7890,
                                          .rttvar_us = 1,
                                          .rto_us = 201000,
                                          .min_rtt_us = 21000,
                                          .packets_out = 1,
                                          .reordering = 3,
                                          .total_retrans = 11,
                                          .dsack_dups = 9,
                                          .delivered_ce = 21,
                                          .received_ce = 77,
                                          .ooo_bytes = 2345,
                                          .total_rto = 8,
                                          .total_rto_recoveries = 5,
                                          .retransmits = 2,
                                          .options = TE_OPT_TIMESTAMPS | TE_OPT_WSCALE,
                                          .snd_wscale = 7,
                                          .rcv_wscale = 9,
                                          .state = TE_ESTABLISHED};
    record.events = (struct te_record_events){.data_bytes_in = 90000,
                                              .limit_bytes = {101, 102, 103},
                                              .limit_ns = {11000000, 12000000, 13000000},
                                              .limit = TE_LIMIT_SND + 1,
                                              .limit_since_ns = 8996000000,
                                              .sum_rtt_us = 5550999,
                                              .pre_cong_sum_rtt_us = 333999,
                                              .post_cong_sum_rtt_us = 222999,
                                              .pre_cong_sum_cwnd = 4444,
                                              .sum_bytes_reordered = 5656,
                                              .max_retx_queue = 1001,
                                              .max_app_wqueue = 1002,
                                              .max_app_rqueue = 1003,
                                              .max_reasm_queue = 1004,
                                              .limit_trans = {21, 22, 23},
                                              .soft_errors = 31,
                                              .soft_error_reason = 4,
                                              .slow_start = 32,
                                              .cong_avoid = 33,
                                              .other_reductions = 34,
                                              .max_ss_cwnd = 2001,
                                              .max_ca_cwnd = 2002,
                                              .max_ssthresh = 2004,
                                              .min_ssthresh = 2003,
                                              .fast_retran = 35,
                                              .timeouts = 36,
                                              .subsequent_timeouts = 37,
                                              .abrupt_timeouts = 38,
                                              .dup_acks_in = 39,
                                              .sacks_rcvd = 40,
                                              .sack_blocks_rcvd = 41,
                                              .cong_signals = 42,
                                              .post_cong_count = 43,
                                              .ecn_signals = 44,
                                              .ce_rcvd = 45,
                                              .send_stall = 46,
                                              .non_recov_da = 47,
                                              .non_recov_da_episodes = 48,
                                              .sample_rtt_us = 34999,
                                              .max_rtt_us = 99999,
                                              .min_rtt_us = 20999,
                                              .count_rtt = 49,
                                              .max_rto_us = 800999,
                                              .min_rto_us = 200999,
                                              .max_mss = 1448,
                                              .min_mss = 536,
                                              .spurious_rto = 50,
                                              .dup_ack_episodes = 51,
                                              .dup_acks_out = 52,
                                              .max_rwin_sent = 70001,
                                              .min_rwin_sent = 60001,
                                              .max_rwin_rcvd = 70002,
                                              .min_rwin_rcvd = 60002,
                                              .open = TE_OPEN_ACTIVE};
    record.out = (struct te_rate){.bandwidth = 8001, .instability = 81, .plateau = 3, .samples = 5};
    record.in = (struct te_rate){.bandwidth = 8002, .instability = 82, .plateau = 2, .samples = 5};
}

/* As a reading does it, from nothing remembered. */
static void take(uint32_t features)
{
    static const struct te_collector_starts starts = {
        .known = 1, .snd = 4000000000u - 700001, .rcv = 3000000000u - 8000};
    struct te_news news = {
        .s = &s, .b = &b, .record = &record, .starts = &starts, .at_ns = record.head.time_ns};

    memset(&t, 0, sizeof(t));
    memset(&c, 0, sizeof(c));
    te_snapshot_of_record(&record, sizeof(struct te_tcp_info), &s);
    te_bytes_compute(&s, record.events.open, &b);
    te_carry_merge(&c, &t, ALL, &news, true);
    te_track_merge(&t, ALL, &s, &b, true);
    facts = (struct te_facts){.s = &s, .t = &t, .b = &b, .c = &c, .record = &record};
    facts.have = te_facts_have(&record, features, &c);
}

static struct tcpestats_value value_of(unsigned id)
{
    struct tcpestats_sample sample = {
        .cls = tcpestats_field(id)->cls, .enabled = TCPESTATS_ON, .enabled_inbound = TCPESTATS_ON};

    te_sources_read(&sample, &facts);
    return sample.values[id - sample.first];
}

static const struct {
    unsigned id;
    uint64_t value;
    unsigned fidelity;
} expected[] = {
    {TCPESTATS_F_SynOpts_ActiveOpen, 1, TCPESTATS_DERIVED},
    {TCPESTATS_F_SynOpts_MssRcvd, 1460, TCPESTATS_EXACT},
    {TCPESTATS_F_SynOpts_MssSent, 1448, TCPESTATS_DERIVED},
    {TCPESTATS_F_Data_DataBytesOut, 710000, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_DataSegsOut, 504, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_DataBytesIn, 90000, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_DataSegsIn, 503, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_SegsOut, 501, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_SegsIn, 502, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_SoftErrors, 31, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_Data_SoftErrorReason, 4, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_Data_SndUna, 4000000000u, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_SndNxt, 4000000500u, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_SndMax, 4000000500u, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_ThruBytesAcked, 700000, TCPESTATS_DERIVED},
    {TCPESTATS_F_Data_RcvNxt, 3000000000u, TCPESTATS_EXACT},
    {TCPESTATS_F_Data_ThruBytesReceived, 8000, TCPESTATS_DERIVED},
    {TCPESTATS_F_SndCong_LimCwnd, 72400, TCPESTATS_DERIVED},
    {TCPESTATS_F_SndCong_SndLimTransRwin, 21, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_SndCong_SndLimTimeRwin, 41, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_SndCong_SndLimBytesRwin, 101, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_SndCong_SndLimTransCwnd, 22, TCPESTATS_APPROXIMATE},
    /* As sock_diag had it when the record was first seen: more than the record's own 12. */
    {TCPESTATS_F_SndCong_SndLimTimeCwnd, 55, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_SndCong_SndLimBytesCwnd, 102, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_SndCong_SndLimTransSnd, 23, TCPESTATS_APPROXIMATE},
    /* The rest of the time since SndCong was first seen on: none has passed. */
    {TCPESTATS_F_SndCong_SndLimTimeSnd, 0, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_SndCong_SndLimBytesSnd, 103, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_SndCong_SlowStart, 32, TCPESTATS_EXACT},
    {TCPESTATS_F_SndCong_CongAvoid, 33, TCPESTATS_EXACT},
    {TCPESTATS_F_SndCong_OtherReductions, 34, TCPESTATS_EXACT},
    {TCPESTATS_F_SndCong_CurCwnd, 43440, TCPESTATS_DERIVED},
    {TCPESTATS_F_SndCong_MaxSsCwnd, 2001, TCPESTATS_EXACT},
    {TCPESTATS_F_SndCong_MaxCaCwnd, 43440, TCPESTATS_EXACT},
    {TCPESTATS_F_SndCong_CurSsthresh, 28960, TCPESTATS_DERIVED},
    {TCPESTATS_F_SndCong_MaxSsthresh, 28960, TCPESTATS_EXACT},
    {TCPESTATS_F_SndCong_MinSsthresh, 2003, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_FastRetran, 35, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_Timeouts, 5, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SubsequentTimeouts, 3, TCPESTATS_DERIVED},
    {TCPESTATS_F_Path_CurTimeoutCount, 2, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_AbruptTimeouts, 38, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_PktsRetrans, 11, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_BytesRetrans, 10000, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_DupAcksIn, 39, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SacksRcvd, 40, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SackBlocksRcvd, 41, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_CongSignals, 42, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_PreCongSumCwnd, 4444, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_PreCongSumRtt, 333, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_PostCongSumRtt, 222, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_PostCongCountRtt, 43, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_EcnSignals, 44, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_EceRcvd, 77, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SendStall, 46, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_Path_QuenchRcvd, 0, TCPESTATS_RESERVED},
    {TCPESTATS_F_Path_RetranThresh, 3, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SndDupAckEpisodes, 51, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SumBytesReordered, 5656, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_NonRecovDa, 47, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_NonRecovDaEpisodes, 48, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_AckAfterFr, 0, TCPESTATS_RESERVED},
    {TCPESTATS_F_Path_DsackDups, 9, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SampleRtt, 34, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SmoothedRtt, 33, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_RttVar, 7, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_MaxRtt, 99, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_MinRtt, 20, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SumRtt, 5550, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_CountRtt, 49, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_CurRto, 201, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_MaxRto, 800, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_MinRto, 200, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_CurMss, 1448, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_MaxMss, 1448, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_MinMss, 536, TCPESTATS_EXACT},
    {TCPESTATS_F_Path_SpuriousRtoDetections, 50, TCPESTATS_EXACT},
    {TCPESTATS_F_SendBuff_CurRetxQueue, 500, TCPESTATS_DERIVED},
    {TCPESTATS_F_SendBuff_MaxRetxQueue, 1001, TCPESTATS_EXACT},
    {TCPESTATS_F_SendBuff_CurAppWQueue, 300, TCPESTATS_EXACT},
    {TCPESTATS_F_SendBuff_MaxAppWQueue, 1002, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_CurRwinSent, 66000, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_MaxRwinSent, 70001, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_MinRwinSent, 60001, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_LimRwin, 33553920, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_Rec_DupAckEpisodes, 51, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_DupAcksOut, 52, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_CeRcvd, 77, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_EcnSent, 0, TCPESTATS_RESERVED},
    {TCPESTATS_F_Rec_EcnNoncesRcvd, 0, TCPESTATS_RESERVED},
    {TCPESTATS_F_Rec_CurReasmQueue, 2345, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_MaxReasmQueue, 1004, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_CurAppRQueue, 100, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_MaxAppRQueue, 1003, TCPESTATS_EXACT},
    {TCPESTATS_F_Rec_WinScaleSent, 9, TCPESTATS_EXACT},
    {TCPESTATS_F_ObsRec_CurRwinRcvd, 65000, TCPESTATS_EXACT},
    {TCPESTATS_F_ObsRec_MaxRwinRcvd, 70002, TCPESTATS_EXACT},
    {TCPESTATS_F_ObsRec_MinRwinRcvd, 60002, TCPESTATS_EXACT},
    {TCPESTATS_F_ObsRec_WinScaleRcvd, 7, TCPESTATS_EXACT},
    {TCPESTATS_F_Bandwidth_OutboundBandwidth, 8001, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_Bandwidth_InboundBandwidth, 8002, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_Bandwidth_OutboundInstability, 81, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_Bandwidth_InboundInstability, 82, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_Bandwidth_OutboundBandwidthPeaked, 1, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_Bandwidth_InboundBandwidthPeaked, 0, TCPESTATS_APPROXIMATE},
    {TCPESTATS_F_FineRtt_RttVar, 7890, TCPESTATS_EXACT},
    {TCPESTATS_F_FineRtt_MaxRtt, 99999, TCPESTATS_EXACT},
    {TCPESTATS_F_FineRtt_MinRtt, 20999, TCPESTATS_EXACT},
    {TCPESTATS_F_FineRtt_SumRtt, 33450, TCPESTATS_EXACT},
};

#define EXPECTED ((int)(sizeof(expected) / sizeof(expected[0])))

START_TEST(every_member_of_a_record_has_its_number)
{
    ck_assert_int_eq(EXPECTED, TCPESTATS_FIELD_COUNT);
    distinct();
    take(0xff);
    for (int i = 0; i < EXPECTED; i++) {
        struct tcpestats_value v = value_of(expected[i].id);
        const char *name = tcpestats_field(expected[i].id)->name;

        ck_assert_uint_eq(expected[i].id, (unsigned)i);
        ck_assert_msg(v.status == TCPESTATS_KNOWN && v.value == expected[i].value,
                      "%s is %llu, status %u", name, (unsigned long long)v.value, v.status);
        ck_assert_msg(v.fidelity == expected[i].fidelity, "%s: fidelity %u", name, v.fidelity);
        ck_assert_msg(v.backend == TCPESTATS_COLLECTOR, "%s: backend %u", name, v.backend);
    }
}
END_TEST

/* It waited for others when collection began, or the programs were not shown it. */
START_TEST(bytes_that_were_received_arrived_also_where_nobody_counted_them)
{
    distinct();
    take(0xff);
    b.received = 90000;
    ck_assert_uint_eq(value_of(TCPESTATS_F_Data_DataBytesIn).value, 90000);
    b.received = 91448;
    ck_assert_uint_eq(value_of(TCPESTATS_F_Data_DataBytesIn).value, 91448);
}
END_TEST

static const struct {
    const char *kernel;
    uint32_t features;
    unsigned info_len, known, approximate, unavailable; /* known: exact, derived and reserved */
} kernels[] = {
    {"6.18", 0xff, 280, 89, 19, 0},
    {"6.12", 0xff, 248, 89, 19, 0},
    {"6.1", 0xff & ~(TE_COLLECT_DATA_READY | TE_COLLECT_TOTAL_RTO), 232, 88, 20, 0},
    {"5.15", 0xff & ~(TE_COLLECT_DATA_READY | TE_COLLECT_TOTAL_RTO | TE_COLLECT_CA_SET), 232, 77,
     30, 1},
    {"no cgroup2", 0xff & ~(TE_COLLECT_EGRESS | TE_COLLECT_INGRESS), 280, 83, 25, 0},
    {"core alone", TE_COLLECT_CORE, 280, 67, 33, 8},
};

START_TEST(what_each_kernel_can_tell_with_the_collector_is_counted)
{
    for (unsigned k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
        uint32_t have = kernels[k].features | TE_NEED_EGRESS_CLASS | TE_NEED_ORIGIN;
        unsigned n[5] = {0}, known;

        for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++)
            n[te_source_best(id, kernels[k].info_len, have)->fidelity]++;
        known = n[TCPESTATS_EXACT] + n[TCPESTATS_DERIVED] + n[TCPESTATS_RESERVED];
        ck_assert_msg(known == kernels[k].known &&
                          n[TCPESTATS_APPROXIMATE] == kernels[k].approximate &&
                          n[TCPESTATS_UNAVAILABLE] == kernels[k].unavailable,
                      "%s: %u known, %u approximate, %u unavailable", kernels[k].kernel, known,
                      n[TCPESTATS_APPROXIMATE], n[TCPESTATS_UNAVAILABLE]);
    }
}
END_TEST

static bool collector_tells(const struct te_source *row)
{
    return row->fidelity <= TCPESTATS_APPROXIMATE;
}

START_TEST(rows_stand_in_order_and_say_what_they_are)
{
    unsigned last = 0, rows = 0;

    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        const struct te_source *row;
        unsigned worst = 0;

        for (unsigned i = 0; (row = te_source_collector(id, i)); i++, rows++) {
            ck_assert_uint_eq(row->field, id);
            ck_assert_uint_ge(id, last);
            ck_assert_uint_ne(row->needs, 0);
            ck_assert(collector_tells(row));
            ck_assert_ptr_nonnull(row->source);
            ck_assert_uint_ge(row->fidelity, worst == TCPESTATS_APPROXIMATE ? worst : 0);
            worst = row->fidelity;
            last = id;
        }
    }
    /* Each is found by its number, which its values carry; sock_diag's rows come before. */
    for (unsigned number = 1; te_source_by_number(number); number++) {
        const struct te_source *row = te_source_by_number(number);

        rows -= row->needs != 0;
        ck_assert(!row->needs || !te_source_by_number(number + 1) ||
                  te_source_by_number(number + 1)->field >= row->field);
    }
    ck_assert_uint_eq(rows, 0);
    ck_assert_ptr_null(te_source_by_number(0));
    ck_assert_ptr_null(te_source_by_number(UINT16_MAX));
}
END_TEST

/* One feature less never makes anything better, and a row is never used without what it needs. */
START_TEST(without_a_feature_nothing_is_claimed_that_needs_it)
{
    for (uint32_t have = 0; have < 256; have++)
        for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
            const struct te_source *row = te_source_best(id, 280, have);

            ck_assert_uint_eq(row->needs & ~have, 0);
            for (unsigned bit = 1; bit < 256; bit *= 2)
                if (have & bit)
                    ck_assert(te_source_best(id, 280, have & ~bit)->fidelity >= row->fidelity ||
                              row->fidelity <= TCPESTATS_DERIVED ||
                              id == TCPESTATS_F_SndCong_SndLimTimeRwin ||
                              row->fidelity == TCPESTATS_RESERVED);
        }
}
END_TEST

/* All bits set everywhere: nothing overflows, nothing traps, units are still units. */
START_TEST(at_the_extremes)
{
    memset(&record, 0xff, sizeof(record));
    record.head.live = 1;
    record.head.enabled = ALL;
    record.sock.state = TE_ESTABLISHED;
    record.events.limit = 0;
    record.events.min_rwin_rcvd = 0;
    take(0xff);
    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++)
        value_of(id);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Data_DataBytesIn).value, UINT64_MAX);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_SumRtt).value, UINT64_MAX / 1000);
    ck_assert_uint_eq(value_of(TCPESTATS_F_SndCong_SndLimTimeCwnd).value, UINT64_MAX / 1000000);
    ck_assert_uint_eq(value_of(TCPESTATS_F_SndCong_SndLimBytesSnd).value, UINT64_MAX);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_DupAcksIn).value, UINT32_MAX);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_MaxRto).value, UINT32_MAX / 1000);
    ck_assert_uint_eq(value_of(TCPESTATS_F_SndCong_CurCwnd).value, UINT32_MAX);
    ck_assert_uint_eq(value_of(TCPESTATS_F_SndCong_LimCwnd).status, TCPESTATS_NOT_IN_USE);
    ck_assert_uint_eq(value_of(TCPESTATS_F_SendBuff_MaxRetxQueue).value, UINT64_MAX);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Rec_MaxReasmQueue).value, UINT32_MAX);
    ck_assert_uint_eq(value_of(TCPESTATS_F_ObsRec_MinRwinRcvd).value, 0);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Rec_MinRwinSent).value,
                      value_of(TCPESTATS_F_Rec_CurRwinSent).value);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Rec_WinScaleSent).value, 15);
}
END_TEST

START_TEST(nothing_measured_yet_is_not_zero)
{
    distinct();
    memset(&record.events, 0, sizeof(record.events));
    record.events.min_rwin_sent = record.events.min_rwin_rcvd = UINT32_MAX;
    record.out.samples = record.in.samples = 0;
    record.sock.srtt_us = record.sock.min_rtt_us = 0;
    record.sock.snd_ssthresh = TE_INFINITE_SSTHRESH;
    record.sock.snd_cwnd_clamp = UINT32_MAX;
    take(0xff);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Data_SoftErrorReason).status, TCPESTATS_NO_SAMPLE);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_SampleRtt).status, TCPESTATS_NO_SAMPLE);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_MaxRtt).status, TCPESTATS_NO_SAMPLE);
    ck_assert_uint_eq(value_of(TCPESTATS_F_FineRtt_MinRtt).status, TCPESTATS_NO_SAMPLE);
    ck_assert_uint_eq(value_of(TCPESTATS_F_SndCong_MinSsthresh).status, TCPESTATS_NO_SAMPLE);
    ck_assert_uint_eq(value_of(TCPESTATS_F_SndCong_LimCwnd).status, TCPESTATS_NOT_IN_USE);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Bandwidth_OutboundBandwidth).status,
                      TCPESTATS_NO_SAMPLE);
    /* A first sample that was not inverted yet: the smoothed one, and said to be. */
    record.sock.srtt_us = 7000;
    take(0xff);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_SampleRtt).value, 7);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_SampleRtt).fidelity, TCPESTATS_APPROXIMATE);
}
END_TEST

/* Path's episodes without a class for which the programs look at what is sent. */
START_TEST(the_egress_hook_is_believed_only_while_it_is_attached)
{
    distinct();
    record.head.enabled = ON_PATH;
    take(0xff);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_SndDupAckEpisodes).fidelity, TCPESTATS_APPROXIMATE);
    record.head.enabled |= ON_SEND_BUFF;
    take(0xff);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_SndDupAckEpisodes).fidelity, TCPESTATS_EXACT);
}
END_TEST

/* The record's snapshot tells SYN and FIN from payload like any other. */
START_TEST(a_closing_record_counts_no_fin)
{
    distinct();
    record.sock.state = TE_FIN_WAIT1;
    record.sock.snd_nxt = record.sock.write_seq;
    take(0xff);
    ck_assert_uint_eq(value_of(TCPESTATS_F_SendBuff_CurRetxQueue).value, 799);
    ck_assert_uint_eq(value_of(TCPESTATS_F_SendBuff_CurAppWQueue).value, 0);
    record.sock.state = TE_CLOSE_WAIT;
    take(0xff);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Data_ThruBytesReceived).value, 7999);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Rec_CurAppRQueue).value, 99);
}
END_TEST

/* 32-bit counters wrap as RFC 4898's do, and go on. */
START_TEST(a_counter_of_the_record_may_wrap)
{
    struct te_news news = {.s = &s, .b = &b, .record = &record};

    distinct();
    record.events.count_rtt = 0xfffffff0;
    take(0xff);
    news.at_ns = record.head.time_ns;
    record.events.count_rtt = 0x10;
    te_carry_merge(&c, &t, ALL, &news, true);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_CountRtt).value, 0x10);
    record.events.count_rtt = 0x8; /* an older copy */
    te_carry_merge(&c, &t, ALL, &news, true);
    ck_assert_uint_eq(value_of(TCPESTATS_F_Path_CountRtt).value, 0x10);
}
END_TEST

SUITE("collector rows", 30, every_member_of_a_record_has_its_number,
      bytes_that_were_received_arrived_also_where_nobody_counted_them,
      what_each_kernel_can_tell_with_the_collector_is_counted,
      rows_stand_in_order_and_say_what_they_are, without_a_feature_nothing_is_claimed_that_needs_it,
      at_the_extremes, nothing_measured_yet_is_not_zero,
      the_egress_hook_is_believed_only_while_it_is_attached, a_closing_record_counts_no_fin,
      a_counter_of_the_record_may_wrap)
