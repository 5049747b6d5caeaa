/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a Get is answered from the record, and when from sock_diag. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "get-kit.h"

START_TEST(a_fresh_record_answers_alone)
{
    unsigned before;

    begin();
    model_enable_all(te);
    MODEL(te, Path_DupAcksIn);
    before = model.lookups;
    model.events.dup_acks_in = 5;
    model.sock.snd_cwnd = 77;
    pass(1);
    ck_assert_uint_eq(MODEL(te, Path_DupAcksIn), 5);
    ck_assert_uint_eq(MODEL(te, SndCong_CurCwnd), 77 * 1448);
    ck_assert_uint_eq(model.lookups, before);
    ck_assert_uint_eq(model_value(te, TCPESTATS_F_SndCong_CurCwnd).backend, TCPESTATS_COLLECTOR);
    end();
}
END_TEST

/* What a program has just read or written it finds counted, however fresh the record is. */
START_TEST(data_is_of_the_present)
{
    unsigned enables;

    begin();
    model_enable_all(te);
    MODEL(te, Data_ThruBytesReceived);
    pass(1);
    enables = mock.enables;
    for (unsigned i = 1; i <= 5; i++) {
        model.now_ns += MODEL_MS;
        model.sock.bytes_received += 100;
        model.sock.rcv_nxt += 100;
        model.sock.bytes_sent += 200;
        model.sock.snd_nxt += 200;
        model.sock.write_seq += 200;
        ck_assert_uint_eq(MODEL(te, Data_ThruBytesReceived), 100 * i);
        ck_assert_uint_eq(MODEL(te, Data_DataBytesOut), 200 * i);
    }
    /* Nor is the collector made to look each time. */
    ck_assert_uint_eq(mock.enables, enables);
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

static struct tcpestats *in_between;

/* Another process reads while this one asks the collector to look, which it does not get to. */
static void read_in_between(void)
{
    mock.look = NULL;
    model.sock.snd_ssthresh = 10;
    model.now_ns += MODEL_MS;
    MODEL(in_between, SndCong_CurSsthresh);
}

START_TEST(what_two_see_at_once_is_remembered_of_both)
{
    begin();
    in_between = model_handle(0);
    model_enable_all(te);
    model.sock.snd_ssthresh = 20;
    pass(1);
    MODEL(te, SndCong_CurSsthresh);
    model.now_ns += 200 * MODEL_MS;
    model.sock.snd_ssthresh = 40;
    model.sock.segs_in++;
    mock.look = read_in_between;
    MODEL(te, SndCong_CurSsthresh);
    ck_assert(!mock.look);
    pass(1);
    ck_assert_uint_eq(MODEL(in_between, SndCong_MaxSsthresh), 40ull * model.sock.mss_cache);
    ck_assert_uint_eq(MODEL(in_between, SndCong_MinSsthresh), 10ull * model.sock.mss_cache);
    tcpestats_close(in_between);
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
    ck_assert_uint_eq(mock.disabled, ON_PATH);
    record = mock_record(model.cookie);
    ck_assert_ptr_nonnull(record);
    ck_assert_uint_eq(record->head.enabled, MODEL_ALL & ~ON_PATH);
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
    pid = suite_fork();
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

    for (int part = 0; part < 7; part++) {
        begin();
        model_enable_all(te);
        MODEL(te, Path_CurMss);
        pass(1);
        before = model.lookups;
        MODEL(te, Path_CurMss);
        ck_assert_uint_eq(model.lookups, before);
        record = mock_record(model.cookie);
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
            record->sock.state = TE_CLOSE;
            break;
        }
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
    /* Nor for the next connection. */
    model_reuse();
    model_enable_all(te);
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

SUITE("get with a collector", 60, a_fresh_record_answers_alone, data_is_of_the_present,
      a_stale_record_is_not_the_present, at_the_limit_of_freshness,
      one_look_serves_all_classes_for_a_while, who_wants_sock_diag_gets_it_each_time,
      a_record_from_the_future_is_not_believed, never_back_behind_what_another_handle_has_shown,
      what_two_see_at_once_is_remembered_of_both, what_another_process_switched_off_is_off_at_once,
      a_switch_behind_the_collectors_back_shows_within_a_second,
      a_connection_that_ended_is_not_found, another_connection_in_the_slot_is_not_shown,
      a_reused_tuple_starts_with_everything_off_and_from_zero, a_record_must_match_in_every_part,
      a_record_that_never_holds_still, without_a_collector_nothing_is_asked_of_it_but_once_a_second,
      what_the_collector_refuses_is_read_all_the_same)
