/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is left on kernels and machines that lack something. */
#include <errno.h>
#include <stdio.h>

#include "path-kit.h"
#include "suite.h"

static struct kit kit;
static struct path path;
static const struct te_record_events *sent = &path.end[SENDER].events,
                                     *received = &path.end[RECEIVER].events;

static const char *const losses[] = {"both:delay=5ms", "to-right:rate=40M", "to-right:limit=400K",
                                     "to-right:drop-at=100,101,300,600,601,602", NULL};

static bool transfer_without(uint32_t features, const char *const settings[])
{
    if (!kit_start_without(&kit, features) || !path_start(&path, settings, NO_ECN))
        return false;
    ck_assert_uint_eq(programs_features(kit.programs) & features, 0);
    path_send(&path, &kit, 1500000, false);
    return path_seen(&kit);
}

static uint64_t snmp(const char *name)
{
    return path_snmp(&path, SENDER, "TcpExt", name);
}

START_TEST(congestion_events_are_worked_out_where_none_are_reported)
{
    if (!transfer_without(TE_COLLECT_CA_SET, losses))
        return;
    ck_assert_uint_eq(sent->fast_retran, snmp("TCPSackRecovery"));
    ck_assert_uint_ge(sent->cong_signals, sent->fast_retran);
    path_expect_duplicates(&path);
    path_end(&path);
    kit_end(&kit);
}
END_TEST

START_TEST(timeouts_are_worked_out_where_none_are_reported)
{
    static const char *const silence[] = {"both:delay=5ms", "to-right:rate=10M",
                                          "to-right:limit=1M", "both:blackout=300ms+1500ms", NULL};

    if (!transfer_without(TE_COLLECT_CA_SET, silence))
        return;
    ck_assert_uint_eq(sent->timeouts + sent->subsequent_timeouts, snmp("TCPTimeouts"));
    ck_assert_uint_ge(sent->timeouts, 1);
    ck_assert_uint_ge(sent->subsequent_timeouts, 1);
    path_end(&path);
    kit_end(&kit);
}
END_TEST

START_TEST(without_cgroups_the_acknowledgements_sent_are_inferred)
{
    if (!transfer_without(TE_COLLECT_EGRESS | TE_COLLECT_INGRESS | TE_COLLECT_DATA_READY, losses))
        return;
    path_expect_duplicates(&path);
    ck_assert_uint_ge(received->dup_ack_episodes, 3);
    ck_assert_uint_eq(received->data_bytes_in, path.data_bytes - path.dropped_bytes);
    path_end(&path);
    kit_end(&kit);
}
END_TEST

START_TEST(without_headers_the_rest_is_counted)
{
    if (!transfer_without(TE_COLLECT_HEADERS, losses))
        return;
    ck_assert_uint_eq(sent->sacks_rcvd, 0);
    ck_assert_uint_eq(sent->fast_retran, snmp("TCPSackRecovery"));
    ck_assert_uint_eq(received->data_bytes_in, path.data_bytes - path.dropped_bytes);
    ck_assert_uint_gt(sent->count_rtt, 10);
    path_end(&path);
    kit_end(&kit);
}
END_TEST

START_TEST(before_6_2_headers_are_read_in_another_way)
{
    if (!transfer_without(PROGRAMS_CAST, losses))
        return;
    ck_assert_uint_ne(programs_features(kit.programs) & TE_COLLECT_HEADERS, 0);
    path_expect_duplicates(&path);
    ck_assert_uint_gt(sent->sacks_rcvd, 0);
    ck_assert_uint_eq(sent->fast_retran, snmp("TCPSackRecovery"));
    ck_assert_uint_eq(received->data_bytes_in, path.data_bytes - path.dropped_bytes);
    path_end(&path);
    kit_end(&kit);
}
END_TEST

START_TEST(a_machine_without_cgroup2_still_collects)
{
    const struct programs_options options = {
        .records = 1,
        .without = TE_COLLECT_EGRESS | TE_COLLECT_INGRESS,
    };
    struct programs *programs;
    int err = programs_open(&programs, &options);

    if (err == -EPERM || err == -EOPNOTSUPP) {
        printf("SKIP: the collector's programs can't be loaded\n");
        return;
    }
    ck_assert_int_eq(err, 0);
    ck_assert_uint_eq(programs_features(programs) & (TE_COLLECT_EGRESS | TE_COLLECT_INGRESS), 0);
    ck_assert_int_eq(programs_adjust(programs, ~0u), 0);
    programs_close(programs);
}
END_TEST

START_TEST(options_out_of_range_are_refused)
{
    const struct programs_options none = {.records = 0}, many = {.records = 1u << 21},
                                  elsewhere = {.records = 1, .cgroup = "/proc"};
    struct programs *programs;

    ck_assert_int_eq(programs_open(&programs, &none), -EINVAL);
    ck_assert_ptr_null(programs);
    ck_assert_int_eq(programs_open(&programs, &many), -EINVAL);
    ck_assert_int_eq(programs_open(&programs, &elsewhere), -EINVAL);
}
END_TEST

SUITE("poor", 300, congestion_events_are_worked_out_where_none_are_reported,
      timeouts_are_worked_out_where_none_are_reported,
      without_cgroups_the_acknowledgements_sent_are_inferred, without_headers_the_rest_is_counted,
      before_6_2_headers_are_read_in_another_way, a_machine_without_cgroup2_still_collects,
      options_out_of_range_are_refused)
