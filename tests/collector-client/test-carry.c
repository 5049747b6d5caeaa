/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is never lost when the collector comes, goes, or sees less than all. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "get-kit.h"

START_TEST(a_crash_costs_one_call_and_nothing_that_was_told)
{
    struct tcpestats_value value;

    begin();
    model_enable_all(te);
    model.events.dup_acks_in = 40;
    model.events.sum_rtt_us = 800000;
    model.events.count_rtt = 40;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 40);
    model.events.dup_acks_in = 45;
    pass(1);
    mock_crash();
    model.now_ns += 150 * MODEL_MS;
    model.sock.segs_in = 500;
    /* The mapped record is read to its end, and sock_diag tells the rest. */
    value = model_value(te, TCPESTATS_F_Path_DupAcksIn);
    ck_assert_uint_eq(value.value, 45);
    ck_assert_uint_eq(value.backend, TCPESTATS_REMEMBERED);
    ck_assert_uint_eq(value.fidelity, TCPESTATS_APPROXIMATE);
    ck_assert_uint_eq(MODEL(te, Data_SegsIn), 500);
    ck_assert_uint_ge(MODEL(te, Path_CountRtt), 40);
    /* Another process, which never saw that record, shows the same. */
    {
        struct tcpestats *other = model_handle(0);

        ck_assert_uint_eq(MODEL(other, Path_DupAcksIn), 45);
        tcpestats_close(other);
    }
    /* And it comes back. */
    mock_start();
    model.now_ns += 1100 * MODEL_MS;
    value = model_value(te, TCPESTATS_F_Path_DupAcksIn);
    ck_assert_uint_eq(value.value, 45);
    ck_assert_uint_eq(value.backend, TCPESTATS_COLLECTOR);
    model.events.dup_acks_in = 3;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 48);
    end();
}
END_TEST

START_TEST(enabled_again_a_counter_goes_on)
{
    begin();
    model_enable_all(te);
    model.events.sacks_rcvd = 7;
    pass(1);
    for (unsigned cls = 1; cls < TCPESTATS_CLASS_COUNT; cls++)
        ck_assert_int_eq(model_set(te, cls, TCPESTATS_OFF), 0);
    ck_assert_ptr_null(mock_record(model.cookie));
    pass(50);
    model_enable_all(te);
    ck_assert_uint_eq(MODEL(te, Path_SacksRcvd), 7);
    model.events.sacks_rcvd = 2;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_SacksRcvd), 9);
    end();
}
END_TEST

START_TEST(data_bytes_in_goes_on_from_what_the_kernel_had_received)
{
    begin();
    model.sock.bytes_received = 10000;
    model.sock.rcv_nxt = model.sock.copied_seq = 10000;
    model_enable_all(te);
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 10000);
    model.events.data_bytes_in = 3000; /* a third of it twice */
    model.sock.bytes_received = 12000;
    model.sock.rcv_nxt = model.sock.copied_seq += 2000;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 13000);
    mock_crash();
    model.now_ns += 150 * MODEL_MS;
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 13000);
    model.sock.bytes_received = 20000;
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 21000);
    end();
}
END_TEST

/* Who comes late to a record counts nothing twice. */
START_TEST(a_record_that_began_before_us)
{
    struct tcpestats_sample sample;
    struct tcpestats_rw rw = {sizeof(rw), TCPESTATS_ON, TCPESTATS_ON};
    struct te_collector_view view;
    struct te_collector_starts starts;
    struct te_snapshot s;
    uint32_t slot;
    struct te_collector_link *link;

    (void)rw;
    begin();
    /* Another user's. */
    memset(&s, 0, sizeof(s));
    s.cookie = model.cookie;
    s.netns = 4711;
    s.tuple = model.tuple;
    ck_assert_int_eq(te_collector_link_new(&link, NULL), 0);
    ck_assert_int_eq(te_collector_enable(link, &s, ON_DATA, &view, &slot, &starts), 0);
    model.events.data_bytes_in = 5000;
    model.events.ecn_signals = 3;
    model.sock.bytes_received = 5000;
    model.sock.rcv_nxt += 5000;
    model.sock.delivered_ce = 10;
    pass(1);
    model_enable_all(te);
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 5000);
    ck_assert_uint_eq(MODEL(te, Path_EcnSignals), 10);
    ck_assert_int_eq(model_get(te, TCPESTATS_DATA, &sample), 0);
    te_collector_link_free(link);
    end();
}
END_TEST

START_TEST(sequence_numbers_stay_absolute_when_the_collector_goes)
{
    begin();
    ck_assert_int_eq(model_set(te, TCPESTATS_DATA, TCPESTATS_ON), 0);
    pass(1);
    ck_assert_uint_eq(MODEL(te, Data_SndUna), 5000001);
    ck_assert_uint_eq(MODEL(te, Data_RcvNxt), 7000001);
    mock_crash();
    model.now_ns += 150 * MODEL_MS;
    model.sock.bytes_acked += 1000;
    model.sock.snd_una += 1000;
    model.sock.bytes_sent += 3000;
    model.sock.snd_nxt += 3000;
    model.sock.write_seq += 3000;
    model.sock.packets_out = 2;
    model.sock.bytes_received += 70;
    model.sock.rcv_nxt += 70;
    ck_assert_uint_eq(MODEL(te, Data_SndUna), 5001001);
    ck_assert_uint_eq(MODEL(te, Data_SndNxt), 5003001);
    ck_assert_uint_eq(MODEL(te, Data_SndMax), 5003001);
    ck_assert_uint_eq(MODEL(te, Data_RcvNxt), 7000071);
    ck_assert_uint_eq(model_value(te, TCPESTATS_F_Data_SndUna).fidelity, TCPESTATS_EXACT);
    end();
}
END_TEST

/* As it tells nobody but root and the socket's own user. */
START_TEST(sequence_numbers_stay_relative_while_their_starts_are_not_told)
{
    struct tcpestats_value value;

    begin();
    mock.starts.known = 0;
    ck_assert_int_eq(model_set(te, TCPESTATS_DATA, TCPESTATS_ON), 0);
    model.sock.bytes_acked = model.sock.snd_una = 1001;
    model.sock.bytes_sent = 1000;
    model.sock.snd_nxt = model.sock.write_seq = 1001;
    model.sock.bytes_received = model.sock.rcv_nxt = model.sock.copied_seq = 70;
    pass(1);
    value = model_value(te, TCPESTATS_F_Data_SndUna);
    ck_assert_uint_eq(value.value, 1001);
    ck_assert_int_eq(value.fidelity, TCPESTATS_APPROXIMATE);
    ck_assert_uint_eq(MODEL(te, Data_SndNxt), 1001);
    ck_assert_uint_eq(MODEL(te, Data_RcvNxt), 71);
    end();
}
END_TEST

START_TEST(extremes_outlive_the_record)
{
    begin();
    model_enable_all(te);
    model.events.max_rtt_us = 900000;
    model.events.min_rtt_us = 1000;
    model.events.max_reasm_queue = 4444;
    model.events.max_app_rqueue = 5555;
    model.events.min_rwin_rcvd = 0;
    pass(1);
    ck_assert_uint_eq(MODEL(te, FineRtt_MaxRtt), 900000);
    ck_assert_uint_eq(model_value(te, TCPESTATS_F_FineRtt_MaxRtt).fidelity, TCPESTATS_EXACT);
    mock_crash();
    model.now_ns += 1200 * MODEL_MS;
    ck_assert_uint_eq(MODEL(te, FineRtt_MaxRtt), 900000);
    ck_assert_uint_eq(model_value(te, TCPESTATS_F_FineRtt_MaxRtt).fidelity, TCPESTATS_APPROXIMATE);
    ck_assert_uint_eq(MODEL(te, FineRtt_MinRtt), 1000);
    ck_assert_uint_eq(MODEL(te, Rec_MaxReasmQueue), 4444);
    ck_assert_uint_eq(MODEL(te, Rec_MaxAppRQueue), 5555);
    ck_assert_uint_eq(MODEL(te, ObsRec_MinRwinRcvd), 0);
    end();
}
END_TEST

/* What the last segment did is in no record before the next: sock_diag shows that there is more. */
START_TEST(the_last_segments_effects_do_not_wait_for_the_next)
{
    unsigned before;

    begin();
    mock.look = model_look;
    model_enable_all(te);
    pass(1);
    MODEL(te, Path_CountRtt);
    model.sock.segs_in++;
    model.sock.srtt_us = 30000;
    model.events.sample_rtt_us = model.events.max_rtt_us = 100000;
    model.events.count_rtt = 1;
    model.now_ns += 150 * MODEL_MS;
    before = mock.enables;
    ck_assert_uint_eq(MODEL(te, Path_CountRtt), 1);
    ck_assert_uint_eq(MODEL(te, Path_MaxRtt), 100);
    ck_assert_uint_eq(MODEL(te, Path_SampleRtt), 100);
    ck_assert_uint_eq(mock.enables, before + 1);
    /* It has told all: as long as nothing happens it is left in peace. */
    for (int i = 0; i < 5; i++) {
        model.now_ns += 150 * MODEL_MS;
        MODEL(te, Path_CountRtt);
    }
    ck_assert_uint_eq(mock.enables, before + 1);
    end();
}
END_TEST

/* Whatever the programs saw when: of the time since enabling nothing is missing. */
START_TEST(the_three_limits_add_up)
{
    uint64_t since, all;

    begin();
    model_enable_all(te);
    since = MODEL(te, SndCong_SndLimTimeRwin) + MODEL(te, SndCong_SndLimTimeCwnd) +
            MODEL(te, SndCong_SndLimTimeSnd);
    model.events.limit = 0; /* no look yet */
    model.now_ns += 300 * MODEL_MS;
    model.events.limit = TE_LIMIT_RWIN + 1;
    model.events.limit_since_ns = model.now_ns;
    pass(1);
    model.now_ns += 500 * MODEL_MS;
    model.sock.rwnd_limited_us = 450000;
    model.events.limit_ns[TE_LIMIT_RWIN] = 500 * MODEL_MS;
    model.events.limit = TE_LIMIT_CWND + 1;
    model.events.limit_since_ns = model.now_ns;
    pass(1);
    model.now_ns += 199 * MODEL_MS;
    ck_assert_uint_eq(MODEL(te, SndCong_SndLimTimeRwin), 500);
    all = MODEL(te, SndCong_SndLimTimeRwin) + MODEL(te, SndCong_SndLimTimeCwnd) +
          MODEL(te, SndCong_SndLimTimeSnd);
    ck_assert_uint_ge(all - since, 998);
    ck_assert_uint_le(all - since, 1002);
    ck_assert_uint_eq(model_value(te, TCPESTATS_F_SndCong_SndLimTimeRwin).fidelity,
                      TCPESTATS_APPROXIMATE);
    end();
}
END_TEST

static uint64_t times_by_limit(void)
{
    return MODEL(te, SndCong_SndLimTimeRwin) + MODEL(te, SndCong_SndLimTimeCwnd) +
           MODEL(te, SndCong_SndLimTimeSnd);
}

static uint64_t bytes_by_limit(void)
{
    return MODEL(te, SndCong_SndLimBytesRwin) + MODEL(te, SndCong_SndLimBytesCwnd) +
           MODEL(te, SndCong_SndLimBytesSnd);
}

static void sent(unsigned n)
{
    model.sock.bytes_sent += n;
    model.events.limit_bytes[model.events.limit - 1] += n;
}

/*
 * The kernel calls a connection limited by cwnd as long as it awaits an acknowledgement, the
 * programs call it limited by its program once all is sent. Whoever has to tell goes on from what
 * the other told, or there would be more time than has passed and more bytes than were sent.
 */
START_TEST(the_limits_add_up_whoever_tells_them)
{
    uint64_t times, bytes, cwnd, start;

    begin();
    model_enable_all(te);
    start = model.now_ns;
    times = times_by_limit();
    bytes = bytes_by_limit();
    model.sock.busy_us += 3000000; /* all of it, by the kernel */
    sent(300000);
    model.now_ns += 3000 * MODEL_MS;
    pass(1);
    ck_assert_uint_eq(MODEL(te, SndCong_SndLimTimeCwnd), 0);
    mock_crash();
    for (int i = 0; i < 3; i++) {
        model.now_ns += 150 * MODEL_MS;
        model.sock.busy_us += 100000;
        model.sock.bytes_sent += 1000;
        cwnd = MODEL(te, SndCong_SndLimTimeCwnd);
        ck_assert_uint_eq(cwnd, (i + 1) * 100);
        ck_assert_uint_eq(bytes_by_limit() - bytes, 301000 + i * 1000);
        ck_assert_uint_le(times_by_limit() - times, (model.now_ns - start) / MODEL_MS + 2);
        ck_assert_uint_ge(times_by_limit() - times, (model.now_ns - start) / MODEL_MS - 2);
    }
    mock_start();
    model.now_ns += 1100 * MODEL_MS;
    ck_assert_uint_eq(MODEL(te, SndCong_SndLimTimeCwnd), cwnd);
    ck_assert_uint_eq(bytes_by_limit() - bytes, 303000);
    sent(500);
    pass(1);
    model.now_ns += 2000 * MODEL_MS;
    ck_assert_uint_eq(bytes_by_limit() - bytes, 303500);
    ck_assert_uint_eq(MODEL(te, SndCong_SndLimTimeCwnd), cwnd);
    ck_assert_uint_le(times_by_limit() - times, (model.now_ns - start) / MODEL_MS + 2);
    ck_assert_uint_ge(times_by_limit() - times, (model.now_ns - start) / MODEL_MS - 2);
    end();
}
END_TEST

/* What was told while a record could not be read is not told again once it can. */
START_TEST(a_record_that_was_away_for_a_moment_adds_nothing_twice)
{
    struct te_collector_record *record;
    uint64_t bytes, transitions;

    begin();
    model_enable_all(te);
    bytes = bytes_by_limit();
    sent(1000);
    pass(1);
    ck_assert_uint_eq(bytes_by_limit() - bytes, 1000);
    transitions = MODEL(te, SndCong_SndLimTransCwnd);
    record = mock_record(model.cookie);
    sent(4000);
    model.sock.write_seq += 9000; /* now it waits for the window */
    model.sock.packets_out = model.sock.snd_cwnd;
    model.events.limit = TE_LIMIT_CWND + 1;
    model.events.limit_trans[TE_LIMIT_CWND]++;
    mock.error = -ETIMEDOUT;
    mock_write_begin(record);
    model.now_ns += 150 * MODEL_MS;
    ck_assert_uint_eq(bytes_by_limit() - bytes, 5000);
    ck_assert_uint_eq(MODEL(te, SndCong_SndLimTransCwnd), transitions + 1);
    mock_write_end(record);
    mock.error = 0;
    pass(1100);
    ck_assert_uint_eq(bytes_by_limit() - bytes, 5000);
    ck_assert_uint_eq(MODEL(te, SndCong_SndLimTransCwnd), transitions + 1);
    sent(200);
    pass(1);
    ck_assert_uint_eq(bytes_by_limit() - bytes, 5200);
    end();
}
END_TEST

static void look_without_end(void)
{
    mock_write_begin(mock_record(model.cookie));
}

/* Asked to look again, the daemon finds a record that stays busy: the copy from before stands. */
START_TEST(a_record_that_is_busy_after_asking_stands_as_it_was)
{
    struct tcpestats_value value;

    begin();
    model_enable_all(te);
    model.events.dup_acks_in = 12;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 12);
    model.sock.segs_in++;
    model.now_ns += 150 * MODEL_MS;
    mock.look = look_without_end;
    value = model_value(te, TCPESTATS_F_Path_DupAcksIn);
    ck_assert_uint_eq(value.value, 12);
    ck_assert_uint_eq(value.backend, TCPESTATS_COLLECTOR);
    mock_write_end(mock_record(model.cookie));
    end();
}
END_TEST

START_TEST(the_running_limit_counts_up_to_the_present)
{
    begin();
    model_enable_all(te);
    model.events.limit = TE_LIMIT_SND + 1;
    model.events.limit_since_ns = model.now_ns;
    pass(1);
    model.now_ns += 5000 * MODEL_MS;
    ck_assert_uint_ge(MODEL(te, SndCong_SndLimTimeSnd), 5000);
    ck_assert_uint_le(MODEL(te, SndCong_SndLimTimeSnd), 5010);
    /* It turns out that the path was the limit all the time since. */
    model.events.limit_ns[TE_LIMIT_SND] = 5001 * MODEL_MS;
    model.events.limit = TE_LIMIT_CWND + 1;
    model.events.limit_since_ns = model.now_ns;
    pass(250);
    ck_assert_uint_ge(MODEL(te, SndCong_SndLimTimeCwnd), 249);
    ck_assert_uint_le(MODEL(te, SndCong_SndLimTimeSnd), 5010);
    end();
}
END_TEST

/* A program's own reading and writing shows at once, though no segment tells of it. */
START_TEST(a_queue_that_the_program_has_emptied_is_empty)
{
    begin();
    model_enable_all(te);
    model.sock.rcv_nxt += 4000;
    model.sock.bytes_received += 4000;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Rec_CurAppRQueue), 4000);
    model.sock.copied_seq = model.sock.rcv_nxt;
    ck_assert_uint_eq(MODEL(te, Rec_CurAppRQueue), 0);
    model.sock.write_seq += 100;
    pass(1);
    ck_assert_uint_eq(MODEL(te, SendBuff_CurAppWQueue), 100);
    model.sock.write_seq += 100;
    ck_assert_uint_eq(MODEL(te, SendBuff_CurAppWQueue), 200);
    end();
}
END_TEST

/* Of what flowed while nobody looked, every byte is counted, and what had come twice before stays.
 */
START_TEST(a_gap_loses_no_byte)
{
    begin();
    ck_assert_int_eq(model_set(te, TCPESTATS_DATA, TCPESTATS_ON), 0);
    model.events.data_bytes_in = 1500; /* 500 of them twice */
    model.sock.bytes_received = 1000;
    model.sock.rcv_nxt = model.sock.copied_seq += 1000;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 1500);
    model.now_ns += 10 * MODEL_MS;
    ck_assert_int_eq(model_set(te, TCPESTATS_DATA, TCPESTATS_OFF), 0);
    model.sock.bytes_received += 50000;
    model.sock.rcv_nxt += 50000;
    model.now_ns += 10 * MODEL_MS;
    ck_assert_int_eq(model_set(te, TCPESTATS_DATA, TCPESTATS_ON), 0);
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 51500);
    end();
}
END_TEST

/* Counted when it came, received when the gap is filled: that is not twice. */
START_TEST(what_waits_out_of_order_is_no_duplicate)
{
    begin();
    ck_assert_int_eq(model_set(te, TCPESTATS_DATA, TCPESTATS_ON), 0);
    model.events.data_bytes_in = 3000; /* 1000 of them behind a gap */
    model.sock.bytes_received = 2000;
    model.sock.rcv_nxt = model.sock.copied_seq += 2000;
    model.sock.ooo_bytes = 1000;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 3000);
    model.now_ns += 10 * MODEL_MS;
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 3000);
    mock_crash();
    model.sock.bytes_received = 9000;
    model.sock.rcv_nxt = model.sock.copied_seq += 7000;
    model.sock.ooo_bytes = 0;
    model.now_ns += 150 * MODEL_MS;
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 9000);
    end();
}
END_TEST

/* What has come in order since the last look has left the queue of what is out of order. */
START_TEST(the_reassembly_queue_is_the_present_one)
{
    struct tcpestats_value value;

    begin();
    model_enable_all(te);
    model.sock.ooo_bytes = 8000;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Rec_CurReasmQueue), 8000);
    model.now_ns += 200 * MODEL_MS;
    ck_assert_uint_eq(MODEL(te, Rec_CurReasmQueue), 8000);
    model.now_ns += 200 * MODEL_MS;
    model.sock.bytes_received += 8000;
    model.sock.segs_in++;
    value = model_value(te, TCPESTATS_F_Rec_CurReasmQueue);
    ck_assert_uint_eq(value.value, 0);
    ck_assert_uint_eq(value.fidelity, TCPESTATS_APPROXIMATE);
    end();
}
END_TEST

START_TEST(a_child_starts_anew_and_shows_no_less)
{
    begin();
    model_enable_all(te);
    model.events.dup_acks_in = 30;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 30);
    /* check runs each test in a process of its own, so a failure of the child must be passed on. */
    {
        pid_t pid = fork();
        int status;

        ck_assert_int_ge(pid, 0);
        if (!pid) {
            bool good = MODEL(te, Path_DupAcksIn) == 30;

            model.events.dup_acks_in = 31;
            pass(1);
            good = good && MODEL(te, Path_DupAcksIn) == 31;
            _exit(good ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
    }
    end();
}
END_TEST

SUITE("what a collector leaves", 60, a_crash_costs_one_call_and_nothing_that_was_told,
      enabled_again_a_counter_goes_on, data_bytes_in_goes_on_from_what_the_kernel_had_received,
      a_record_that_began_before_us, sequence_numbers_stay_absolute_when_the_collector_goes,
      sequence_numbers_stay_relative_while_their_starts_are_not_told, extremes_outlive_the_record,
      the_last_segments_effects_do_not_wait_for_the_next, the_three_limits_add_up,
      the_limits_add_up_whoever_tells_them, a_record_that_was_away_for_a_moment_adds_nothing_twice,
      a_record_that_is_busy_after_asking_stands_as_it_was,
      the_running_limit_counts_up_to_the_present, a_queue_that_the_program_has_emptied_is_empty,
      a_gap_loses_no_byte, what_waits_out_of_order_is_no_duplicate,
      the_reassembly_queue_is_the_present_one, a_child_starts_anew_and_shows_no_less)
