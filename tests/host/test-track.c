/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is remembered between reads: extremes, edges, limits, rates. */
#include <string.h>

#include "members/fields.h"
#include "members/sources.h"
#include "suite.h"

#define ALL (0x1ffu | ON_INBOUND)
#define MS 1000000ull

static struct te_track track;
static struct te_snapshot now;
static bool clock_shown;

static void fresh(void)
{
    memset(&track, 0, sizeof(track));
    memset(&now, 0, sizeof(now));
    now.time_ns = 1000 * MS;
    now.state = TE_ESTABLISHED;
    now.info_len = sizeof(now.info);
    now.info.tcpi_snd_mss = 1000;
    now.info.tcpi_snd_cwnd = 10;
    now.info.tcpi_snd_ssthresh = TE_INFINITE_SSTHRESH;
    now.info.tcpi_rtt = 20000;
    now.info.tcpi_rttvar = 5000;
    now.info.tcpi_rto = 220000;
    now.info.tcpi_snd_wnd = 60000;
    now.info.tcpi_rcv_wnd = 50000;
}

/* Moves the clock and shows the present to the memory. */
static bool look_on(uint32_t on, unsigned ms)
{
    struct te_bytes b;

    now.time_ns += ms * MS;
    te_bytes_compute(&now, TE_OPEN_UNKNOWN, &b);
    return te_track_merge(&track, on, &now, &b, clock_shown);
}

static bool look(unsigned ms)
{
    return look_on(ALL, ms);
}

START_TEST(an_idle_connection_needs_no_storing)
{
    fresh();
    ck_assert(look(0));
    ck_assert(!look(100));
    ck_assert(!look(100));
}
END_TEST

/* The kernel books the time of the other limits in ticks, all at once and late. */
START_TEST(time_left_to_the_sender_never_shrinks_once_it_was_shown)
{
    fresh();
    clock_shown = true;
    look(0);
    ck_assert(look(6));
    ck_assert_uint_eq(track.lim_snd_us, 6000);
    now.info.tcpi_busy_time = 4000;
    look(1);
    ck_assert_uint_eq(track.lim_snd_us, 6000);
}
END_TEST

START_TEST(extremes_are_kept_when_the_present_moves_on)
{
    fresh();
    look(0);
    now.info.tcpi_rtt = 90000;
    now.info.tcpi_rto = 400000;
    now.info.tcpi_snd_cwnd = 99;
    now.info.tcpi_snd_wnd = 70000;
    now.info.tcpi_rcv_wnd = 0;
    now.info.tcpi_snd_mss = 500;
    look(10);
    now.info.tcpi_rtt = 30000;
    now.info.tcpi_rto = 230000;
    now.info.tcpi_snd_cwnd = 5;
    now.info.tcpi_snd_wnd = 65000;
    now.info.tcpi_rcv_wnd = 50000;
    now.info.tcpi_snd_mss = 1000;
    look(10);
    ck_assert_uint_eq(track.max_rtt_us, 90000);
    ck_assert_uint_eq(track.min_rtt_us, 20000);
    ck_assert_uint_eq(track.max_rto_us, 400000);
    ck_assert_uint_eq(track.min_rto_us, 220000);
    ck_assert_uint_eq(track.max_ss_cwnd, 99 * 500);
    ck_assert_uint_eq(track.max_rwin_rcvd, 70000);
    ck_assert_uint_eq(track.min_rwin_rcvd, 60000);
    ck_assert_uint_eq(track.min_rwin_sent, 0);
    ck_assert_uint_eq(track.max_mss, 1000);
    ck_assert_uint_eq(track.min_mss, 500);
}
END_TEST

START_TEST(classes_that_are_off_remember_nothing)
{
    struct te_track none;

    fresh();
    memset(&none, 0, sizeof(none));
    look_on(ON_DATA, 0);
    now.info.tcpi_rtt = 90000;
    now.info.tcpi_ca_state = TE_CA_RECOVERY;
    now.info.tcpi_delivery_rate = 1000;
    look_on(ON_DATA, 10);
    ck_assert_uint_eq(track.max_rtt_us, none.max_rtt_us);
    ck_assert_uint_eq(track.fast_retran, 0);
    ck_assert_uint_eq(track.max_rwin_rcvd, 0);
    ck_assert_uint_eq(track.out.samples, 0);
    ck_assert_uint_eq(track.lim_at.limit, 0);
}
END_TEST

START_TEST(the_initial_ssthresh_is_no_extreme)
{
    fresh();
    look(0);
    ck_assert_uint_eq(track.max_ssthresh, 0);
    ck_assert_uint_eq(track.min_ssthresh, 0);
    now.info.tcpi_snd_ssthresh = 8;
    look(10);
    now.info.tcpi_snd_ssthresh = 4;
    look(10);
    ck_assert_uint_eq(track.max_ssthresh, 8000);
    ck_assert_uint_eq(track.min_ssthresh, 4000);
    ck_assert_uint_eq(track.max_ca_cwnd, 10000);
}
END_TEST

START_TEST(entering_recovery_is_one_fast_retransmit_and_one_signal)
{
    fresh();
    look(0);
    now.info.tcpi_ca_state = TE_CA_RECOVERY;
    now.info.tcpi_snd_cwnd = 7;
    look(10);
    look(10);
    now.info.tcpi_ca_state = TE_CA_OPEN;
    now.info.tcpi_rtt = 25000;
    look(10);
    ck_assert_uint_eq(track.fast_retran, 1);
    ck_assert_uint_eq(track.cong_signals, 1);
    ck_assert_uint_eq(track.pre_cong_sum_cwnd, 10000);
    ck_assert_uint_eq(track.pre_cong_sum_rtt_us, 20000);
    ck_assert_uint_eq(track.post_cong_count, 1);
    ck_assert_uint_eq(track.post_cong_sum_rtt_us, 25000);
}
END_TEST

START_TEST(what_was_under_way_when_first_seen_is_no_event)
{
    fresh();
    now.info.tcpi_ca_state = TE_CA_RECOVERY;
    now.info.tcpi_retransmits = 3;
    look(0);
    look(10);
    ck_assert_uint_eq(track.fast_retran, 0);
    ck_assert_uint_eq(track.cong_signals, 0);
    ck_assert_uint_eq(track.timeouts, 0);
    ck_assert_uint_eq(track.subsequent_timeouts, 0);
}
END_TEST

START_TEST(drops_count_as_soft_errors_only_while_established)
{
    fresh();
    now.skmem_count = TE_SKMEM_COUNT;
    now.skmem[TE_SKMEM_DROPS] = 4;
    look(0);
    ck_assert_uint_eq(track.soft_errors, 4);
    now.state = TE_CLOSE_WAIT;
    now.skmem[TE_SKMEM_DROPS] = 9;
    look(10);
    ck_assert_uint_eq(track.soft_errors, 4);
}
END_TEST

START_TEST(bytes_out_of_an_old_kernel_never_fall)
{
    fresh();
    now.info_len = TE_TI_END(tcpi_sndbuf_limited);
    now.info.tcpi_bytes_acked = 1;
    now.info.tcpi_unacked = 15;
    now.wqueue = 15000;
    look(0);
    /* The acknowledgement came between the queue's length and the counters. */
    now.info.tcpi_bytes_acked = 15001;
    now.info.tcpi_unacked = 0;
    now.wqueue = 0;
    look(10);
    now.info.tcpi_bytes_acked = 10001;
    look(10);
    ck_assert_uint_eq(track.data_bytes_out, 15000);
}
END_TEST

START_TEST(timeouts_are_told_from_their_repetitions)
{
    fresh();
    look(0);
    now.info.tcpi_ca_state = TE_CA_LOSS;
    now.info.tcpi_retransmits = 1;
    look(300);
    now.info.tcpi_retransmits = 3;
    look(1200);
    now.info.tcpi_retransmits = 0;
    now.info.tcpi_ca_state = TE_CA_OPEN;
    look(100);
    now.info.tcpi_retransmits = 2;
    now.info.tcpi_ca_state = TE_CA_LOSS;
    look(1000);
    ck_assert_uint_eq(track.timeouts, 2);
    ck_assert_uint_eq(track.subsequent_timeouts, 3);
    ck_assert_uint_eq(track.abrupt_timeouts, 2);
    ck_assert_uint_eq(track.fast_retran, 0);
}
END_TEST

START_TEST(what_limits_the_sender_is_read_from_one_reply)
{
    fresh();
    ck_assert_int_eq(te_limits_now(&now), TE_LIMIT_SND);
    now.info.tcpi_notsent_bytes = 5000;
    now.info.tcpi_unacked = 10;
    ck_assert_int_eq(te_limits_now(&now), TE_LIMIT_CWND);
    now.info.tcpi_snd_cwnd = 100;
    now.info.tcpi_snd_wnd = 10500;
    ck_assert_int_eq(te_limits_now(&now), TE_LIMIT_RWIN);
    now.info.tcpi_retransmits = 1;
    ck_assert_int_eq(te_limits_now(&now), TE_LIMIT_CWND);
    now.info.tcpi_retransmits = 0;
    now.info.tcpi_snd_wnd = 60000;
    now.info.tcpi_lost = 1;
    ck_assert_int_eq(te_limits_now(&now), TE_LIMIT_CWND);
}
END_TEST

START_TEST(bytes_and_times_are_booked_on_the_limit_in_force)
{
    fresh();
    look(0);
    ck_assert_uint_eq(track.lim_trans[TE_LIMIT_SND], 1);
    now.info.tcpi_bytes_sent = 4000;
    now.info.tcpi_notsent_bytes = 90000;
    now.info.tcpi_unacked = 10;
    look(100);
    ck_assert_uint_eq(track.lim_bytes[TE_LIMIT_SND], 4000);
    ck_assert_uint_eq(track.lim_snd_us, 100000);
    now.info.tcpi_bytes_sent = 10000;
    now.info.tcpi_busy_time = 70000;
    look(100);
    ck_assert_uint_eq(track.lim_bytes[TE_LIMIT_CWND], 6000);
    ck_assert_uint_eq(track.lim_snd_us, 130000);
    ck_assert_uint_eq(track.lim_trans[TE_LIMIT_CWND], 1);
    /* Limited by the window and back, all between two reads. */
    now.info.tcpi_rwnd_limited = 50000;
    now.info.tcpi_busy_time = 120000;
    look(100);
    ck_assert_uint_eq(track.lim_trans[TE_LIMIT_RWIN], 1);
    ck_assert_uint_eq(track.lim_snd_us, 180000);
}
END_TEST

/* A file may say anything. */
START_TEST(a_limit_that_is_none_begins_anew)
{
    fresh();
    look(0);
    track.lim_at.limit = TE_LIMIT_COUNT + 1;
    now.info.tcpi_bytes_sent = 4000;
    look(100);
    ck_assert_uint_eq(track.lim_at.limit, TE_LIMIT_SND + 1);
    ck_assert_uint_eq(track.lim_at.bytes_sent, 4000);
    ck_assert_uint_eq(track.lim_trans[TE_LIMIT_SND], 1);
    ck_assert_uint_eq(track.lim_bytes[TE_LIMIT_SND], 0);
}
END_TEST

START_TEST(an_older_reply_moves_no_counter_back)
{
    struct te_snapshot old;
    struct te_track before;
    struct te_bytes b;

    fresh();
    look(0);
    old = now;
    now.info.tcpi_bytes_sent = 5000;
    now.info.tcpi_busy_time = 50000;
    now.info.tcpi_segs_out = 10;
    look(100);
    before = track;
    old.info.tcpi_rtt = 70000;
    old.info.tcpi_snd_wnd = 90000;
    old.info.tcpi_segs_out = 9;
    te_bytes_compute(&old, TE_OPEN_UNKNOWN, &b);
    te_track_merge(&track, ALL, &old, &b, true);
    ck_assert_uint_eq(track.lim_snd_us, before.lim_snd_us);
    ck_assert_uint_eq(track.lim_at.bytes_sent, before.lim_at.bytes_sent);
    ck_assert_uint_eq(track.count_rtt, before.count_rtt);
    ck_assert_uint_eq(track.segs_out.low, 10);
    /* But what it saw was there. */
    ck_assert_uint_eq(track.max_rwin_rcvd, 90000);
    /* Stamped later, read earlier: time says newer, the counters say older. */
    old.time_ns = now.time_ns + MS;
    te_track_merge(&track, ALL, &old, &b, true);
    ck_assert_uint_eq(track.lim_at.bytes_sent, before.lim_at.bytes_sent);
    ck_assert_uint_lt(track.lim_snd_us, before.lim_snd_us + 2000);
}
END_TEST

START_TEST(kernel_counters_are_continued_past_32_bits)
{
    fresh();
    now.info.tcpi_segs_out = 0xfffffff0u;
    look(0);
    now.info.tcpi_segs_out = 0x10;
    look(10);
    ck_assert_uint_eq(te_wide_value(&track.segs_out, 0x10), 0x100000010ull);
    ck_assert_uint_eq(te_wide_value(&track.segs_out, 0x11), 0x100000011ull);
    /* A reply from just before the last one is not another round, on either side of the wrap. */
    ck_assert_uint_eq(te_wide_value(&track.segs_out, 0x0f), 0x10000000full);
    ck_assert_uint_eq(te_wide_value(&track.segs_out, 0xfffffffbu), 0xfffffffbull);
}
END_TEST

START_TEST(counts_of_timeouts_are_continued_past_16_bits)
{
    fresh();
    now.info.tcpi_total_rto = 65535;
    look(0);
    now.info.tcpi_total_rto = 2;
    look(10);
    ck_assert_uint_eq(track.total_rto, 65538);
    ck_assert_uint_eq(te_continued(track.total_rto, 3), 65539);
    ck_assert_uint_eq(te_continued(track.total_rto, 1), 65538);
}
END_TEST

START_TEST(waiting_for_the_last_acknowledgement_is_no_entry_into_cwnd_limited)
{
    fresh();
    look(0);
    now.info.tcpi_busy_time = 20000;
    now.info.tcpi_bytes_sent = 300;
    look(100);
    ck_assert_uint_eq(track.lim_trans[TE_LIMIT_CWND], 0);
    now.info.tcpi_busy_time = 40000;
    now.info.tcpi_bytes_sent = 300 + 10000;
    look(100);
    ck_assert_uint_eq(track.lim_trans[TE_LIMIT_CWND], 1);
}
END_TEST

START_TEST(the_opener_is_remembered_once_certain_and_never_a_guess)
{
    struct te_bytes b;

    fresh();
    now.info.tcpi_bytes_acked = 1;
    te_bytes_compute(&now, TE_OPEN_UNKNOWN, &b);
    b.open = TE_OPEN_ACTIVE | TE_OPEN_GUESSED;
    te_track_merge(&track, ALL, &now, &b, true);
    ck_assert_uint_eq(track.open, TE_OPEN_UNKNOWN);
    look(1);
    ck_assert_uint_eq(track.open, TE_OPEN_ACTIVE);
}
END_TEST

START_TEST(a_steady_rate_is_estimated_and_found_to_have_peaked)
{
    int i;

    fresh();
    now.info.tcpi_rcv_rtt = 20000;
    for (i = 0; i < 60; i++) {
        now.info.tcpi_delivery_rate = 1250000;
        now.info.tcpi_bytes_acked += 25000;
        now.info.tcpi_bytes_received += 50000;
        look(20);
    }
    ck_assert_uint_eq(track.out.bandwidth, 10000000);
    ck_assert_uint_eq(track.out.instability, 0);
    ck_assert(te_rate_peaked(&track.out));
    ck_assert_uint_ge(track.in.bandwidth, 19900000);
    ck_assert_uint_le(track.in.bandwidth, 20100000);
    ck_assert(te_rate_peaked(&track.in));
}
END_TEST

START_TEST(a_rate_held_down_by_the_program_does_not_lower_the_estimate)
{
    fresh();
    now.info.tcpi_delivery_rate = 1250000;
    now.info.tcpi_bytes_acked = 1000;
    look(20);
    now.info.tcpi_flags = 1;
    now.info.tcpi_delivery_rate = 1000;
    now.info.tcpi_bytes_acked = 2000;
    look(20);
    ck_assert_uint_eq(track.out.bandwidth, 10000000);
    ck_assert(!te_rate_peaked(&track.out));
}
END_TEST

START_TEST(each_direction_of_bandwidth_is_measured_only_while_on)
{
    fresh();
    now.info.tcpi_delivery_rate = 1000;
    now.info.tcpi_bytes_acked = 1;
    look_on(ON_INBOUND, 0);
    ck_assert_uint_eq(track.out.samples, 0);
    ck_assert_uint_ne(track.in_mark.ns, 0);
    fresh();
    now.info.tcpi_delivery_rate = 1000;
    look_on(ON_BANDWIDTH, 0);
    ck_assert_uint_eq(track.out.samples, 1);
    ck_assert_uint_eq(track.in_mark.ns, 0);
}
END_TEST

SUITE("track", 30, an_idle_connection_needs_no_storing,
      time_left_to_the_sender_never_shrinks_once_it_was_shown,
      extremes_are_kept_when_the_present_moves_on, classes_that_are_off_remember_nothing,
      the_initial_ssthresh_is_no_extreme, entering_recovery_is_one_fast_retransmit_and_one_signal,
      what_was_under_way_when_first_seen_is_no_event,
      drops_count_as_soft_errors_only_while_established, bytes_out_of_an_old_kernel_never_fall,
      timeouts_are_told_from_their_repetitions, what_limits_the_sender_is_read_from_one_reply,
      bytes_and_times_are_booked_on_the_limit_in_force, a_limit_that_is_none_begins_anew,
      an_older_reply_moves_no_counter_back, kernel_counters_are_continued_past_32_bits,
      counts_of_timeouts_are_continued_past_16_bits,
      waiting_for_the_last_acknowledgement_is_no_entry_into_cwnd_limited,
      the_opener_is_remembered_once_certain_and_never_a_guess,
      a_steady_rate_is_estimated_and_found_to_have_peaked,
      a_rate_held_down_by_the_program_does_not_lower_the_estimate,
      each_direction_of_bandwidth_is_measured_only_while_on)
