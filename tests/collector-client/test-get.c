/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a Get is answered from the record, when from sock_diag, and what is never lost between. */
#include "model.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static struct tcpestats *te;

static void begin(void)
{
    model_begin();
    te = model_handle(TCPESTATS_FRESHNESS_MS);
}

static void end(void)
{
    tcpestats_close(te);
    model_end();
}

/* Moves the clock and lets the collector look. */
static void pass(unsigned ms)
{
    model.now_ns += ms * MODEL_MS;
    model_look();
}

START_TEST(a_fresh_record_answers_alone)
{
    unsigned before;

    begin();
    model_enable_all(te);
    MODEL(te, Path_DupAcksIn);
    before = model.lookups;
    model.events.dup_acks_in = 5;
    model.sock.segs_in += 5;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 5);
    ck_assert_uint_eq(MODEL(te, Data_SegsIn), 6);
    ck_assert_uint_eq(model.lookups, before);
    ck_assert_uint_eq(model_value(te, TCPESTATS_F_Data_SegsIn).backend, TCPESTATS_COLLECTOR);
    end();
}
END_TEST

/* What the collector has not looked at for long sock_diag tells, and the record the rest. */
START_TEST(a_stale_record_is_not_the_present)
{
    struct tcpestats_value value;

    begin();
    model_enable_all(te);
    model.events.dup_acks_in = 5;
    pass(1);
    model.now_ns += 101 * MODEL_MS;
    model.sock.snd_cwnd = 77;
    value = model_value(te, TCPESTATS_F_SndCong_CurCwnd);
    ck_assert_uint_eq(value.value, 77 * 1448);
    ck_assert_uint_eq(value.backend, TCPESTATS_SOCK_DIAG);
    value = model_value(te, TCPESTATS_F_Path_DupAcksIn);
    ck_assert_uint_eq(value.value, 5);
    ck_assert_uint_eq(value.backend, TCPESTATS_COLLECTOR);
    ck_assert_uint_eq(value.fidelity, TCPESTATS_EXACT);
    end();
}
END_TEST

START_TEST(at_the_limit_of_freshness)
{
    unsigned before;

    begin();
    model_enable_all(te);
    MODEL(te, Path_CurMss);
    pass(1);
    model.now_ns += 100 * MODEL_MS;
    before = model.lookups;
    MODEL(te, Path_CurMss);
    ck_assert_uint_eq(model.lookups, before);
    pass(1);
    model.now_ns += 100 * MODEL_MS + 1;
    MODEL(te, Path_CurMss);
    ck_assert_uint_eq(model.lookups, before + 1);
    end();
}
END_TEST

/* An idle connection is looked up once in a while, not once for each class. */
START_TEST(one_look_serves_all_classes_for_a_while)
{
    unsigned before;

    begin();
    model_enable_all(te);
    model.now_ns += 400 * MODEL_MS;
    before = model.lookups;
    MODEL(te, Data_SegsIn);
    MODEL(te, SndCong_CurCwnd);
    MODEL(te, Path_CurMss);
    MODEL(te, Rec_CurRwinSent);
    ck_assert_uint_eq(model.lookups, before + 1);
    model.now_ns += 101 * MODEL_MS;
    MODEL(te, Path_CurMss);
    ck_assert_uint_eq(model.lookups, before + 2);
    end();
}
END_TEST

START_TEST(who_wants_sock_diag_gets_it_each_time)
{
    struct tcpestats *always;
    unsigned before;

    begin();
    always = model_handle(0);
    model_enable_all(always);
    pass(1);
    before = model.lookups;
    for (int i = 0; i < 5; i++)
        MODEL(always, Path_DupAcksIn);
    ck_assert_uint_eq(model.lookups, before + 5);
    tcpestats_close(always);
    end();
}
END_TEST

/* The clock of another time namespace: from the future is not fresh. */
START_TEST(a_record_from_the_future_is_not_believed)
{
    unsigned before;

    begin();
    model_enable_all(te);
    MODEL(te, Path_CurMss);
    model.now_ns += 500 * MODEL_MS;
    model_look();
    model.now_ns -= 450 * MODEL_MS;
    before = model.lookups;
    MODEL(te, Path_CurMss);
    ck_assert_uint_gt(model.lookups, before);
    end();
}
END_TEST

/* Whoever has shown sock_diag's later answer, on whichever handle: nobody goes back behind it. */
START_TEST(never_back_behind_what_another_handle_has_shown)
{
    struct tcpestats *other;

    begin();
    other = model_handle(0);
    model_enable_all(te);
    MODEL(te, Data_SegsIn);
    pass(1);
    model.now_ns += 10 * MODEL_MS;
    model.sock.segs_in = 100;
    ck_assert_uint_eq(MODEL(other, Data_SegsIn), 100);
    ck_assert_uint_eq(MODEL(te, Data_SegsIn), 100);
    tcpestats_close(other);
    end();
}
END_TEST

START_TEST(what_another_process_switched_off_is_off_at_once)
{
    struct tcpestats *other;
    struct tcpestats_sample sample;
    struct te_collector_record *record;

    begin();
    other = model_handle(TCPESTATS_FRESHNESS_MS);
    model_enable_all(te);
    pass(1);
    MODEL(te, Path_DupAcksIn);
    ck_assert_int_eq(model_set(other, TCPESTATS_PATH, TCPESTATS_OFF), 0);
    ck_assert_uint_eq(mock.disabled, TE_ENABLED(TCPESTATS_PATH));
    record = mock_record(model.cookie);
    ck_assert_ptr_nonnull(record);
    ck_assert_uint_eq(record->head.enabled, MODEL_ALL & ~TE_ENABLED(TCPESTATS_PATH));
    pass(1);
    ck_assert_int_eq(model_get(te, TCPESTATS_PATH, &sample), 0);
    ck_assert_int_eq(sample.enabled, TCPESTATS_OFF);
    ck_assert_uint_eq(sample.values[0].status, TCPESTATS_CLASS_OFF);
    /* And on again. */
    ck_assert_int_eq(model_set(other, TCPESTATS_PATH, TCPESTATS_ON), 0);
    pass(1);
    ck_assert_int_eq(model_get(te, TCPESTATS_PATH, &sample), 0);
    ck_assert_int_eq(sample.enabled, TCPESTATS_ON);
    tcpestats_close(other);
    end();
}
END_TEST

/* Another process, which cannot reach the collector, switches off: that shows within the second. */
START_TEST(a_switch_behind_the_collectors_back_shows_within_a_second)
{
    struct tcpestats_sample sample;
    int status;
    pid_t pid;

    begin();
    model_enable_all(te);
    MODEL(te, Path_DupAcksIn);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (!pid) {
        mock_crash(); /* for this process alone */
        _exit(model_set(te, TCPESTATS_PATH, TCPESTATS_OFF) ? 1 : 0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    for (int i = 0; i < 12; i++)
        pass(90);
    ck_assert_int_eq(model_get(te, TCPESTATS_PATH, &sample), 0);
    ck_assert_int_eq(sample.enabled, TCPESTATS_OFF);
    end();
}
END_TEST

START_TEST(a_connection_that_ended_is_not_found)
{
    struct tcpestats_sample sample;

    begin();
    model_enable_all(te);
    pass(1);
    MODEL(te, Path_DupAcksIn);
    model.alive = false;
    mock_die(mock_record(model.cookie));
    ck_assert_int_eq(model_get(te, TCPESTATS_PATH, &sample), -ENOENT);
    end();
}
END_TEST

/* Its slot is another connection's by now, whose record is as fresh as can be. */
START_TEST(another_connection_in_the_slot_is_not_shown)
{
    struct te_collector_record *record;
    struct tcpestats_sample sample;

    begin();
    model_enable_all(te);
    pass(1);
    MODEL(te, Path_DupAcksIn);
    record = mock_record(model.cookie);
    mock_write_begin(record);
    record->head.cookie = 9999;
    record->head.remote_port++;
    record->head.epoch++;
    record->events.dup_acks_in = 12345;
    mock_write_end(record);
    ck_assert_int_eq(model_get(te, TCPESTATS_PATH, &sample), 0);
    ck_assert_uint_eq(sample.cookie, model.cookie);
    ck_assert_uint_lt(MODEL(te, Path_DupAcksIn), 12345);
    end();
}
END_TEST

START_TEST(a_reused_tuple_starts_with_everything_off_and_from_zero)
{
    struct tcpestats_sample sample;

    begin();
    model_enable_all(te);
    model.events.dup_acks_in = 50;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 50);
    model_reuse();
    ck_assert_int_eq(model_get(te, TCPESTATS_PATH, &sample), 0);
    ck_assert_int_eq(sample.enabled, TCPESTATS_OFF);
    ck_assert_uint_eq(sample.cookie, model.cookie);
    model_enable_all(te);
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 0);
    end();
}
END_TEST

/* Each part of the identity by itself makes a record a stranger's. */
START_TEST(a_record_must_match_in_every_part)
{
    struct te_collector_record *record;
    unsigned before;

    for (int part = 0; part < 8; part++) {
        begin();
        model_enable_all(te);
        MODEL(te, Path_CurMss);
        pass(1);
        before = model.lookups;
        MODEL(te, Path_CurMss);
        ck_assert_uint_eq(model.lookups, before);
        record = mock_record(model.cookie);
        /* A switch is thrown without the socket's lock, so changes is no part of what seq guards.
         */
        if (part != 6)
            mock_write_begin(record);
        switch (part) {
        case 0:
            record->head.live = 0;
            break;
        case 1:
            record->head.epoch++;
            break;
        case 2:
            record->head.cookie++;
            break;
        case 3:
            record->head.netns++;
            break;
        case 4:
            record->head.local[0]++;
            break;
        case 5:
            record->head.remote_port++;
            break;
        case 6:
            record->head.changes++;
            break;
        case 7:
            record->sock.state = TE_CLOSE;
            break;
        }
        if (part != 6)
            mock_write_end(record);
        MODEL(te, Path_CurMss);
        ck_assert_msg(model.lookups > before, "part %d", part);
        end();
    }
}
END_TEST

/* A writer that never ends: the answer comes all the same. */
START_TEST(a_record_that_never_holds_still)
{
    struct te_collector_record *record;

    begin();
    model_enable_all(te);
    model.events.dup_acks_in = 9;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 9);
    record = mock_record(model.cookie);
    mock_write_begin(record);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 9);
    mock_write_end(record);
    end();
}
END_TEST

START_TEST(without_a_collector_nothing_is_asked_of_it_but_once_a_second)
{
    begin();
    mock_crash();
    MODEL(te, SynOpts_MssSent);
    ck_assert_uint_eq(mock.enables, 0);
    model_enable_all(te);
    for (int i = 0; i < 20; i++)
        MODEL(te, Path_PktsRetrans);
    ck_assert_uint_eq(mock.enables, 1);
    ck_assert_uint_eq(mock.disables + mock.gones + mock.statuses, 0);
    model.now_ns += 1000 * MODEL_MS;
    MODEL(te, Path_PktsRetrans);
    ck_assert_uint_eq(mock.enables, 2);
    end();
}
END_TEST

/* Full, over quota, a socket that it cannot see: sock_diag's answers, and no storm of requests. */
START_TEST(what_the_collector_refuses_is_read_all_the_same)
{
    static const int errors[] = {-ENOSPC, -EPERM, -ENOENT, -EOPNOTSUPP, -ENOTCONN, -EPROTO};
    unsigned before;

    for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        begin();
        mock.error = errors[i];
        model_enable_all(te);
        before = mock.enables;
        for (int k = 0; k < 20; k++)
            ck_assert_uint_eq(MODEL(te, Data_SegsIn), 1);
        ck_assert_uint_eq(model_value(te, TCPESTATS_F_Path_DupAcksIn).status, TCPESTATS_NO_SOURCE);
        ck_assert_uint_le(mock.enables, before + 1);
        mock.error = 0;
        model.now_ns += 1100 * MODEL_MS;
        ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 0);
        end();
    }
}
END_TEST

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
    model.sock.rcv_nxt = model.sock.copied_seq = 7010001;
    model_enable_all(te);
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 10000);
    model.events.data_bytes_in = 3000; /* a third of it twice */
    model.sock.bytes_received = 12000;
    model.sock.rcv_nxt += 2000;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 13000);
    mock_crash();
    model.now_ns += 150 * MODEL_MS;
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 13000);
    model.sock.bytes_received = 20000;
    ck_assert_uint_eq(MODEL(te, Data_DataBytesIn), 20000);
    end();
}
END_TEST

/* Who comes late to a record counts nothing twice. */
START_TEST(a_record_that_began_before_us)
{
    struct tcpestats_sample sample;
    struct tcpestats_rw rw = {sizeof(rw), TCPESTATS_ON, TCPESTATS_ON};
    struct te_collector_view view;
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
    ck_assert_int_eq(te_collector_link_new(&link), 0);
    ck_assert_int_eq(te_collector_enable(link, &s, TE_ENABLED(TCPESTATS_DATA), &view, &slot), 0);
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
    model.sock.rcv_nxt += 1000;
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

START_TEST(a_table_full_of_others_only_costs_time)
{
    struct te_tuple own;
    unsigned before;

    begin();
    model_enable_all(te);
    own = model.tuple;
    /* More connections than a lane remembers, one after the other on the same record's world. */
    for (unsigned i = 0; i < 20000; i++) {
        struct tcpestats_sample sample;

        model.tuple.local_port = (uint16_t)(1000 + i % 60000);
        model.tuple.remote[3] = (uint8_t)(i / 60000);
        ck_assert_int_eq(model_get(te, TCPESTATS_SYN_OPTS, &sample), 0);
    }
    model.tuple = own;
    pass(1);
    before = model.lookups;
    MODEL(te, Path_DupAcksIn);
    MODEL(te, Path_DupAcksIn);
    ck_assert_uint_le(model.lookups, before + 1);
    end();
}
END_TEST

SUITE("get with a collector", 60, a_fresh_record_answers_alone, a_stale_record_is_not_the_present,
      at_the_limit_of_freshness, one_look_serves_all_classes_for_a_while,
      who_wants_sock_diag_gets_it_each_time, a_record_from_the_future_is_not_believed,
      never_back_behind_what_another_handle_has_shown,
      what_another_process_switched_off_is_off_at_once,
      a_switch_behind_the_collectors_back_shows_within_a_second,
      a_connection_that_ended_is_not_found, another_connection_in_the_slot_is_not_shown,
      a_reused_tuple_starts_with_everything_off_and_from_zero, a_record_must_match_in_every_part,
      a_record_that_never_holds_still, without_a_collector_nothing_is_asked_of_it_but_once_a_second,
      what_the_collector_refuses_is_read_all_the_same,
      a_crash_costs_one_call_and_nothing_that_was_told, enabled_again_a_counter_goes_on,
      data_bytes_in_goes_on_from_what_the_kernel_had_received, a_record_that_began_before_us,
      sequence_numbers_stay_absolute_when_the_collector_goes, extremes_outlive_the_record,
      the_last_segments_effects_do_not_wait_for_the_next, the_three_limits_add_up,
      the_running_limit_counts_up_to_the_present, a_queue_that_the_program_has_emptied_is_empty,
      a_gap_loses_no_byte, the_reassembly_queue_is_the_present_one,
      a_child_starts_anew_and_shows_no_less, a_table_full_of_others_only_costs_time)
