/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of sources: complete, in order, honest about older kernels, and in the right units. */
#include <string.h>

#include "plain.h"
#include "suite.h"

/* Lengths of tcp_info that kernels have sent, and how many members have which fidelity there. */
static const struct {
    const char *kernel;
    unsigned info_len;
    unsigned known, approximate, unavailable; /* known: exact, derived and reserved */
} kernels[] = {
    {"6.18", 280, 38, 53, 17}, {"6.12", 248, 36, 53, 19},   {"5.4 to 6.1", 232, 33, 56, 19},
    {"4.19", 224, 32, 54, 22}, {"2.6.10", 104, 19, 38, 51},
};

static unsigned count(unsigned info_len, unsigned from, unsigned to)
{
    unsigned id, n = 0;

    for (id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        unsigned fidelity = te_source_best(id, info_len, 0)->fidelity;

        n += fidelity >= from && fidelity <= to;
    }
    return n;
}

START_TEST(every_member_has_a_source_row_on_every_kernel)
{
    unsigned id, len;

    for (id = 0; id < TCPESTATS_FIELD_COUNT; id++)
        for (len = 0; len < 400; len += 4) {
            const struct te_source *row = te_source_best(id, len, 0);

            ck_assert_msg(row->field == id, "%s at %u bytes", tcpestats_field(id)->name, len);
            ck_assert_uint_le(row->info_len, len);
        }
}
END_TEST

START_TEST(a_longer_tcp_info_never_makes_a_source_worse)
{
    unsigned id, len;

    for (id = 0; id < TCPESTATS_FIELD_COUNT; id++)
        for (len = 4; len < 400; len += 4) {
            unsigned was = te_source_best(id, len - 4, 0)->fidelity;
            unsigned is = te_source_best(id, len, 0)->fidelity;

            if (was != TCPESTATS_RESERVED)
                ck_assert_uint_le(is, was);
        }
}
END_TEST

START_TEST(what_each_kernel_can_tell_is_counted)
{
    unsigned i;

    for (i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
        unsigned len = kernels[i].info_len;
        unsigned known = count(len, TCPESTATS_EXACT, TCPESTATS_DERIVED) +
                         count(len, TCPESTATS_RESERVED, TCPESTATS_RESERVED);
        unsigned approximate = count(len, TCPESTATS_APPROXIMATE, TCPESTATS_APPROXIMATE);
        unsigned unavailable = count(len, TCPESTATS_UNAVAILABLE, TCPESTATS_UNAVAILABLE);

        ck_assert_msg(known == kernels[i].known && approximate == kernels[i].approximate &&
                          unavailable == kernels[i].unavailable,
                      "%s: %u known, %u approximate, %u unavailable", kernels[i].kernel, known,
                      approximate, unavailable);
    }
}
END_TEST

/* A reply with a different number in every member. */
static struct te_snapshot distinct(unsigned info_len)
{
    struct te_snapshot s;

    memset(&s, 0, sizeof(s));
    s.state = TE_ESTABLISHED;
    s.info_len = info_len;
    s.info.tcpi_options = TE_OPT_TIMESTAMPS | TE_OPT_WSCALE;
    s.info.tcpi_wscale = 0x97;
    s.info.tcpi_rto = 201000;
    s.info.tcpi_snd_mss = 1448;
    s.info.tcpi_advmss = 1436;
    s.info.tcpi_retransmits = 2;
    s.info.tcpi_rtt = 33450;
    s.info.tcpi_rttvar = 7890;
    s.info.tcpi_snd_ssthresh = 20;
    s.info.tcpi_snd_cwnd = 30;
    s.info.tcpi_reordering = 3;
    s.info.tcpi_total_retrans = 11;
    s.info.tcpi_bytes_acked = 700001;
    s.info.tcpi_bytes_received = 8000;
    s.info.tcpi_segs_out = 501;
    s.info.tcpi_segs_in = 502;
    s.info.tcpi_data_segs_in = 503;
    s.info.tcpi_data_segs_out = 504;
    s.info.tcpi_rwnd_limited = 41000;
    s.info.tcpi_busy_time = 99000;
    s.info.tcpi_sndbuf_limited = 3000;
    s.info.tcpi_delivered_ce = 21;
    s.info.tcpi_bytes_sent = 710000;
    s.info.tcpi_bytes_retrans = 10000;
    s.info.tcpi_dsack_dups = 9;
    s.info.tcpi_snd_wnd = 65000;
    s.info.tcpi_rcv_wnd = 66000;
    s.info.tcpi_rcv_ssthresh = 64000;
    s.info.tcpi_total_rto = 8;
    s.info.tcpi_total_rto_recoveries = 5;
    s.info.tcpi_received_ce = 77;
    s.info.tcpi_last_ack_recv = s.info.tcpi_last_data_recv = 1000;
    return s;
}

static const struct {
    unsigned id;
    uint64_t value;
} expected[] = {
    {TCPESTATS_F_SynOpts_ActiveOpen, 1},
    {TCPESTATS_F_SynOpts_MssRcvd, 1460},
    {TCPESTATS_F_SynOpts_MssSent, 1448},
    {TCPESTATS_F_Data_DataBytesOut, 710000},
    {TCPESTATS_F_Data_DataSegsOut, 504},
    {TCPESTATS_F_Data_DataBytesIn, 8000},
    {TCPESTATS_F_Data_DataSegsIn, 503},
    {TCPESTATS_F_Data_SegsOut, 501},
    {TCPESTATS_F_Data_SegsIn, 502},
    {TCPESTATS_F_Data_SndUna, 700001},
    {TCPESTATS_F_Data_SndNxt, 700001},
    {TCPESTATS_F_Data_SndMax, 700001},
    {TCPESTATS_F_Data_ThruBytesAcked, 700000},
    {TCPESTATS_F_Data_RcvNxt, 8001},
    {TCPESTATS_F_Data_ThruBytesReceived, 8000},
    {TCPESTATS_F_SndCong_SndLimTimeRwin, 41},
    {TCPESTATS_F_SndCong_SndLimTimeCwnd, 55},
    {TCPESTATS_F_SndCong_CurCwnd, 43440},
    {TCPESTATS_F_SndCong_CurSsthresh, 28960},
    {TCPESTATS_F_Path_Timeouts, 5},
    {TCPESTATS_F_Path_SubsequentTimeouts, 3},
    {TCPESTATS_F_Path_CurTimeoutCount, 2},
    {TCPESTATS_F_Path_PktsRetrans, 11},
    {TCPESTATS_F_Path_BytesRetrans, 10000},
    {TCPESTATS_F_Path_EcnSignals, 21},
    {TCPESTATS_F_Path_EceRcvd, 77},
    {TCPESTATS_F_Path_RetranThresh, 3},
    {TCPESTATS_F_Path_DsackDups, 9},
    {TCPESTATS_F_Path_SampleRtt, 33},
    {TCPESTATS_F_Path_SmoothedRtt, 33},
    {TCPESTATS_F_Path_RttVar, 7},
    {TCPESTATS_F_Path_CurRto, 201},
    {TCPESTATS_F_Path_CurMss, 1448},
    {TCPESTATS_F_Rec_CurRwinSent, 66000},
    {TCPESTATS_F_Rec_LimRwin, 65535u << 9},
    {TCPESTATS_F_Rec_CeRcvd, 77},
    {TCPESTATS_F_Rec_WinScaleSent, 9},
    {TCPESTATS_F_ObsRec_CurRwinRcvd, 65000},
    {TCPESTATS_F_ObsRec_WinScaleRcvd, 7},
    {TCPESTATS_F_FineRtt_RttVar, 7890},
    {TCPESTATS_F_FineRtt_SumRtt, 33450},
};

static struct tcpestats_value read_one(unsigned id, const struct te_snapshot *s,
                                       const struct te_track *t, int on)
{
    struct tcpestats_sample sample;
    struct te_bytes b;

    memset(&sample, 0, sizeof(sample));
    sample.cls = tcpestats_field(id)->cls;
    sample.enabled = sample.enabled_inbound = on;
    te_bytes_compute(s, TE_OPEN_UNKNOWN, &b);
    read_plainly(&sample, s, t, &b);
    return sample.values[id - sample.first];
}

START_TEST(members_read_from_tcp_info_have_windows_units)
{
    struct te_snapshot s = distinct(280);
    struct te_track t;
    unsigned i;

    memset(&t, 0, sizeof(t));
    for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct tcpestats_value v = read_one(expected[i].id, &s, &t, TCPESTATS_ON);

        ck_assert_msg(v.status == TCPESTATS_KNOWN && v.value == expected[i].value,
                      "%s: status %u, %llu instead of %llu", tcpestats_field(expected[i].id)->name,
                      v.status, (unsigned long long)v.value, (unsigned long long)expected[i].value);
    }
}
END_TEST

/* By member: what of the memory it shows, and divided by what. */
static const struct {
    unsigned id;
    size_t offset, size;
    unsigned divisor;
} remembered[] = {
#define SHOWS(member, of, divisor)                                                               \
    {                                                                                            \
        TCPESTATS_F_##member, offsetof(struct te_track, of), sizeof(((struct te_track *)0)->of), \
            divisor                                                                              \
    }
    SHOWS(SndCong_SndLimTransRwin, lim_trans[TE_LIMIT_RWIN], 1),
    SHOWS(SndCong_SndLimBytesRwin, lim_bytes[TE_LIMIT_RWIN], 1),
    SHOWS(SndCong_SndLimTransCwnd, lim_trans[TE_LIMIT_CWND], 1),
    SHOWS(SndCong_SndLimBytesCwnd, lim_bytes[TE_LIMIT_CWND], 1),
    SHOWS(SndCong_SndLimTransSnd, lim_trans[TE_LIMIT_SND], 1),
    SHOWS(SndCong_SndLimTimeSnd, lim_snd_us, 1000),
    SHOWS(SndCong_SndLimBytesSnd, lim_bytes[TE_LIMIT_SND], 1),
    SHOWS(SndCong_MaxSsCwnd, max_ss_cwnd, 1),
    SHOWS(SndCong_MaxCaCwnd, max_ca_cwnd, 1),
    SHOWS(SndCong_MaxSsthresh, max_ssthresh, 1),
    SHOWS(SndCong_MinSsthresh, min_ssthresh, 1),
    SHOWS(Path_FastRetran, fast_retran, 1),
    SHOWS(Path_AbruptTimeouts, abrupt_timeouts, 1),
    SHOWS(Path_PreCongSumCwnd, pre_cong_sum_cwnd, 1),
    SHOWS(Path_PreCongSumRtt, pre_cong_sum_rtt_us, 1000),
    SHOWS(Path_PostCongSumRtt, post_cong_sum_rtt_us, 1000),
    SHOWS(Path_PostCongCountRtt, post_cong_count, 1),
    SHOWS(Path_MaxRtt, max_rtt_us, 1000),
    SHOWS(Path_MinRtt, min_rtt_us, 1000),
    SHOWS(Path_SumRtt, sum_rtt_us, 1000),
    SHOWS(Path_CountRtt, count_rtt, 1),
    SHOWS(Path_MaxRto, max_rto_us, 1000),
    SHOWS(Path_MinRto, min_rto_us, 1000),
    SHOWS(Path_MaxMss, max_mss, 1),
    SHOWS(Path_MinMss, min_mss, 1),
    SHOWS(SendBuff_MaxRetxQueue, max_retx_queue, 1),
    SHOWS(SendBuff_MaxAppWQueue, max_app_wqueue, 1),
    SHOWS(Rec_MaxRwinSent, max_rwin_sent, 1),
    SHOWS(Rec_MinRwinSent, min_rwin_sent, 1),
    SHOWS(Rec_MaxAppRQueue, max_app_rqueue, 1),
    SHOWS(ObsRec_MaxRwinRcvd, max_rwin_rcvd, 1),
    SHOWS(ObsRec_MinRwinRcvd, min_rwin_rcvd, 1),
    SHOWS(Bandwidth_OutboundBandwidth, out.bandwidth, 1),
    SHOWS(Bandwidth_InboundBandwidth, in.bandwidth, 1),
    SHOWS(Bandwidth_OutboundInstability, out.instability, 1),
    SHOWS(Bandwidth_InboundInstability, in.instability, 1),
    SHOWS(FineRtt_MaxRtt, max_rtt_us, 1),
    SHOWS(FineRtt_MinRtt, min_rtt_us, 1),
#undef SHOWS
};

START_TEST(members_that_are_remembered_show_their_own_memory)
{
    struct te_snapshot s = distinct(280);
    struct te_track t;
    uint32_t *words = (uint32_t *)&t;

    /* A number of its own in every word; what reads "none yet" by being 0 has one. */
    for (size_t i = 0; i < sizeof(t) / sizeof(*words); i++)
        words[i] = 1000000 + 7001 * (uint32_t)i;
    t.seen = TE_SEEN_RWIN_SENT | TE_SEEN_RWIN_RCVD;
    for (size_t i = 0; i < sizeof(remembered) / sizeof(remembered[0]); i++) {
        struct tcpestats_value v = read_one(remembered[i].id, &s, &t, TCPESTATS_ON);
        const char *name = tcpestats_field(remembered[i].id)->name;
        uint64_t value = 0;

        memcpy(&value, (char *)&t + remembered[i].offset, remembered[i].size);
        ck_assert_msg(v.status == TCPESTATS_KNOWN, "%s: status %u", name, v.status);
        ck_assert_msg(v.value == value / remembered[i].divisor, "%s: %llu instead of %llu", name,
                      (unsigned long long)v.value,
                      (unsigned long long)(value / remembered[i].divisor));
    }
}
END_TEST

START_TEST(a_shorter_tcp_info_is_never_read_past_its_end)
{
    unsigned len, id;

    /* Each member that the kernel did not send is poisoned: it must not show. */
    for (len = 0; len <= 280; len += 4) {
        struct te_snapshot s = distinct(280);
        struct te_track t;

        memset(&t, 0, sizeof(t));
        memset((char *)&s.info + len, 0, sizeof(s.info) - len);
        s.info_len = len;
        for (id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
            struct tcpestats_value zero = read_one(id, &s, &t, TCPESTATS_ON), noise;
            struct te_snapshot p = s;
            const struct te_source *row = te_source_best(id, len, 0);

            if (len < TE_TI_END(tcpi_total_retrans) || row->fidelity == TCPESTATS_APPROXIMATE)
                continue;
            memset((char *)&p.info + len, 0xa5, sizeof(p.info) - len);
            noise = read_one(id, &p, &t, TCPESTATS_ON);
            /* What is derived from several members may only use those that are there. */
            if (row->info_len && !strstr(row->source, "tcpi_notsent_bytes"))
                ck_assert_msg(zero.value == noise.value, "%s at %u bytes",
                              tcpestats_field(id)->name, len);
        }
    }
}
END_TEST

START_TEST(unset_things_are_unknown_rather_than_zero)
{
    static const unsigned unset[] = {
        TCPESTATS_F_SndCong_LimCwnd,     TCPESTATS_F_SndCong_CurSsthresh,
        TCPESTATS_F_SndCong_MaxSsthresh, TCPESTATS_F_SndCong_MinSsthresh,
        TCPESTATS_F_Path_SampleRtt,      TCPESTATS_F_Path_SmoothedRtt,
        TCPESTATS_F_Path_RttVar,         TCPESTATS_F_Path_MaxRtt,
        TCPESTATS_F_Path_MinRtt,         TCPESTATS_F_Rec_WinScaleSent,
        TCPESTATS_F_ObsRec_WinScaleRcvd, TCPESTATS_F_FineRtt_RttVar,
        TCPESTATS_F_FineRtt_MaxRtt,      TCPESTATS_F_FineRtt_MinRtt,
        TCPESTATS_F_FineRtt_SumRtt,      TCPESTATS_F_Rec_MinRwinSent,
        TCPESTATS_F_ObsRec_MinRwinRcvd,
    };
    struct te_snapshot s = distinct(280);
    struct te_track t;
    unsigned i;

    memset(&t, 0, sizeof(t));
    s.info.tcpi_rtt = 0;
    s.info.tcpi_snd_ssthresh = TE_INFINITE_SSTHRESH;
    s.info.tcpi_options = 0;
    for (i = 0; i < sizeof(unset) / sizeof(unset[0]); i++) {
        struct tcpestats_value v = read_one(unset[i], &s, &t, TCPESTATS_ON);

        ck_assert_msg(v.status != TCPESTATS_KNOWN, "%s", tcpestats_field(unset[i])->name);
        ck_assert_msg(tcpestats_field(unset[i])->unknown_is_ones, "%s",
                      tcpestats_field(unset[i])->name);
    }
}
END_TEST

START_TEST(drops_and_bbr_are_used_where_the_kernel_sends_them)
{
    struct te_snapshot s = distinct(280);
    struct te_track t;

    memset(&t, 0, sizeof(t));
    ck_assert_uint_eq(read_one(TCPESTATS_F_Data_SoftErrors, &s, &t, 1).status, TCPESTATS_NO_SOURCE);
    ck_assert_uint_eq(read_one(TCPESTATS_F_Bandwidth_OutboundBandwidth, &s, &t, 1).status,
                      TCPESTATS_NO_SAMPLE);
    s.skmem_count = TE_SKMEM_COUNT;
    t.soft_errors = 12;
    s.bbr_bw = 1250000;
    ck_assert_uint_eq(read_one(TCPESTATS_F_Data_SoftErrors, &s, &t, 1).value, 12);
    ck_assert_uint_eq(read_one(TCPESTATS_F_Bandwidth_OutboundBandwidth, &s, &t, 1).value, 10000000);
}
END_TEST

START_TEST(a_class_that_is_off_tells_its_static_members_only)
{
    struct te_snapshot s = distinct(280);
    struct te_track t;
    unsigned id;

    memset(&t, 0, sizeof(t));
    for (id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        struct tcpestats_value v = read_one(id, &s, &t, TCPESTATS_OFF);

        if (tcpestats_field(id)->block == TCPESTATS_ROS)
            ck_assert_uint_ne(v.status, TCPESTATS_CLASS_OFF);
        else
            ck_assert_uint_eq(v.status, TCPESTATS_CLASS_OFF);
    }
}
END_TEST

START_TEST(windows_of_huge_segments_saturate)
{
    struct te_snapshot s = distinct(280);
    struct te_track t;

    memset(&t, 0, sizeof(t));
    s.info.tcpi_snd_cwnd = 0x7ffffffe;
    s.info.tcpi_snd_ssthresh = 0x7ffffffe;
    ck_assert_uint_eq(read_one(TCPESTATS_F_SndCong_CurCwnd, &s, &t, 1).value, UINT32_MAX);
    ck_assert_uint_eq(read_one(TCPESTATS_F_SndCong_CurSsthresh, &s, &t, 1).value, UINT32_MAX);
}
END_TEST

SUITE("sources", 30, every_member_has_a_source_row_on_every_kernel,
      a_longer_tcp_info_never_makes_a_source_worse, what_each_kernel_can_tell_is_counted,
      members_read_from_tcp_info_have_windows_units,
      members_that_are_remembered_show_their_own_memory,
      a_shorter_tcp_info_is_never_read_past_its_end, unset_things_are_unknown_rather_than_zero,
      drops_and_bbr_are_used_where_the_kernel_sends_them,
      a_class_that_is_off_tells_its_static_members_only, windows_of_huge_segments_saturate)
