/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the collector counts is of the time in which it did, and says so. */
#include "get-kit.h"

static struct tcpestats_sample path_now(void)
{
    struct tcpestats_sample sample;

    ck_assert_int_eq(model_get(te, TCPESTATS_PATH, &sample), 0);
    return sample;
}

static unsigned fidelity_of(const struct tcpestats_sample *sample, unsigned field)
{
    return sample->values[field - sample->first].fidelity;
}

START_TEST(what_is_counted_from_the_switch_on_is_exact)
{
    struct tcpestats_sample sample;

    begin();
    model_enable_all(te);
    pass(1);
    sample = path_now();
    ck_assert_uint_eq(sample.since_ns, 0);
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Path_DupAcksIn), TCPESTATS_EXACT);
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Path_MaxRtt), TCPESTATS_EXACT);
    end();
}
END_TEST

START_TEST(what_began_later_says_since_when)
{
    struct tcpestats_sample sample;
    uint64_t began;

    begin();
    mock_crash();
    model_enable_all(te);
    pass(5000);
    path_now();
    mock_start();
    model.now_ns += 2000 * MODEL_MS;
    began = model.now_ns;
    sample = path_now();
    ck_assert_uint_ge(sample.since_ns, began);
    ck_assert_uint_lt(sample.since_ns, began + MODEL_MS);
    began = sample.since_ns;
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Path_DupAcksIn), TCPESTATS_APPROXIMATE);
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Path_MaxRtt), TCPESTATS_APPROXIMATE);
    /* Neither the present nor what the kernel itself counts is any worse for it. */
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Path_CurMss), TCPESTATS_EXACT);
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Path_PktsRetrans), TCPESTATS_EXACT);
    /* It stays so, whoever reads. */
    pass(3000);
    sample = path_now();
    ck_assert_uint_eq(sample.since_ns, began);
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Path_DupAcksIn), TCPESTATS_APPROXIMATE);
    end();
}
END_TEST

START_TEST(a_restart_leaves_a_gap_that_is_told)
{
    struct tcpestats_sample sample;

    begin();
    model_enable_all(te);
    pass(1);
    ck_assert_uint_eq(path_now().since_ns, 0);
    mock_crash();
    pass(100);
    mock_start();
    pass(1500);
    sample = path_now();
    ck_assert_uint_gt(sample.since_ns, model.now_ns - MODEL_MS);
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Path_CountRtt), TCPESTATS_APPROXIMATE);
    end();
}
END_TEST

START_TEST(each_class_by_itself)
{
    struct tcpestats_sample sample;

    begin();
    mock_crash();
    ck_assert_int_eq(model_set(te, TCPESTATS_PATH, TCPESTATS_ON), 0);
    pass(5000);
    mock_start();
    ck_assert_int_eq(model_set(te, TCPESTATS_DATA, TCPESTATS_ON), 0);
    pass(1);
    ck_assert_int_eq(model_get(te, TCPESTATS_DATA, &sample), 0);
    ck_assert_uint_eq(sample.since_ns, 0);
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Data_DataBytesIn), TCPESTATS_EXACT);
    sample = path_now();
    ck_assert_uint_ne(sample.since_ns, 0);
    ck_assert_uint_eq(fidelity_of(&sample, TCPESTATS_F_Path_DupAcksIn), TCPESTATS_APPROXIMATE);
    /* Switched off and on again it begins anew, and all of it is seen. */
    ck_assert_int_eq(model_set(te, TCPESTATS_PATH, TCPESTATS_OFF), 0);
    ck_assert_int_eq(model_set(te, TCPESTATS_PATH, TCPESTATS_ON), 0);
    pass(1);
    ck_assert_uint_eq(path_now().since_ns, 0);
    end();
}
END_TEST

/* Readings that need no system call ask again all the same, or the daemon would think of nobody. */
START_TEST(who_reads_asks_again_before_the_lease_ends)
{
    unsigned asked;

    begin();
    model_enable_all(te);
    pass(1);
    path_now();
    asked = mock.enables;
    for (unsigned s = 0; s < 100; s++) {
        pass(1000);
        path_now();
    }
    ck_assert_uint_eq(mock.enables, asked);
    for (unsigned s = 100; s < TE_COLLECTOR_LEASE_S; s++) {
        pass(1000);
        path_now();
    }
    ck_assert_uint_ge(mock.enables, asked + 4);
    ck_assert_uint_le(mock.enables, asked + 6);
    ck_assert_uint_eq(path_now().since_ns, 0);
    end();
}
END_TEST

SUITE("late", 60, what_is_counted_from_the_switch_on_is_exact, what_began_later_says_since_when,
      a_restart_leaves_a_gap_that_is_told, each_class_by_itself,
      who_reads_asks_again_before_the_lease_ends)
