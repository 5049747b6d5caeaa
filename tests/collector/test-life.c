/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A record's life: given, changed, ended, given to another; and what is attached meanwhile. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "await.h"
#include "kit.h"
#include "suite.h"

static struct kit kit;
static struct net_pair pair;

static bool setup(void)
{
    if (!kit_start(&kit))
        return false;
    kit_connect(&kit, &pair, NULL);
    return true;
}

START_TEST(nothing_is_attached_but_while_something_is_enabled)
{
    if (!setup())
        return;
    ck_assert_uint_eq(programs_attached(kit.programs), 0);
    kit_enable(&kit, pair.client, 3, 7, ON_OBS_REC);
    ck_assert_uint_ge(programs_attached(kit.programs), 2);
    kit_release(&kit, pair.client, 3);
    ck_assert_int_eq(programs_adjust(kit.programs, 0), 0);
    ck_assert_uint_eq(programs_attached(kit.programs), 0);
    kit_end(&kit);
}
END_TEST

START_TEST(what_hooks_have_not_counted_is_known)
{
    struct programs_losses losses;

    if (!setup())
        return;
    programs_losses(kit.programs, &losses);
    ck_assert_uint_eq(losses.busy, 0);
    kit_enable(&kit, pair.client, 3, 7, EVERYTHING);
    kit_pass_over(&kit, 5);
    kit_release(&kit, pair.client, 3);
    ck_assert_int_eq(programs_adjust(kit.programs, 0), 0);
    programs_losses(kit.programs, &losses);
    ck_assert_uint_eq(losses.busy, 5);
    ck_assert_uint_eq(losses.guard, kit_misses(&kit));
    kit_end(&kit);
}
END_TEST

START_TEST(the_hooks_for_sending_are_attached_for_the_classes_that_need_them)
{
    static const uint32_t needing[] = {ON_SND_CONG, ON_SEND_BUFF, ON_REC};
    uint32_t few;
    unsigned i;

    if (!setup())
        return;
    if (!(programs_features(kit.programs) & TE_COLLECT_EGRESS)) {
        printf("SKIP: no cgroup2 here\n");
        return;
    }
    ck_assert_int_eq(programs_adjust(kit.programs, ON_DATA | ON_PATH | ON_OBS_REC | ON_FINE_RTT),
                     0);
    few = programs_attached(kit.programs);
    for (i = 0; i < sizeof(needing) / sizeof(*needing); i++) {
        ck_assert_int_eq(programs_adjust(kit.programs,
                                         ON_DATA | ON_PATH | ON_OBS_REC | ON_FINE_RTT | needing[i]),
                         0);
        ck_assert_uint_gt(programs_attached(kit.programs), few);
    }
    ck_assert_int_eq(programs_adjust(kit.programs, ON_DATA | ON_PATH | ON_OBS_REC | ON_FINE_RTT),
                     0);
    ck_assert_uint_eq(programs_attached(kit.programs), few);
    kit_end(&kit);
}
END_TEST

START_TEST(another_cookie_is_no_such_socket)
{
    struct programs_target target;

    if (!setup())
        return;
    target = kit_target(pair.client);
    target.cookie++;
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &target, 0, 1, ON_DATA), -ENOENT);
    ck_assert_uint_eq(kit_read(&kit, 0).head.live, 0);
    ck_assert_int_eq(kit_try(&kit, pair.client, 0, 1, ON_DATA), 0);
    kit_end(&kit);
}
END_TEST

START_TEST(neither_slot_nor_epoch_is_taken_on_trust)
{
    if (!setup())
        return;
    ck_assert_int_eq(kit_try(&kit, pair.client, RECORDS, 1, ON_DATA), -EINVAL);
    ck_assert_int_eq(kit_try(&kit, pair.client, 0, 0, ON_DATA), -EINVAL);
    kit_end(&kit);
}
END_TEST

START_TEST(a_change_of_classes_keeps_the_record_and_is_counted)
{
    struct te_collector_record before, after;

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 0, 1, ON_DATA);
    net_transfer(pair.server, pair.client, 1000);
    kit_settle(&pair);
    before = kit_read(&kit, 0);
    kit_enable(&kit, pair.client, 0, 1, ON_DATA | ON_PATH);
    after = kit_read(&kit, 0);
    ck_assert_uint_eq(after.head.enabled, ON_DATA | ON_PATH);
    ck_assert_uint_eq(after.head.changes, before.head.changes + 1);
    ck_assert_uint_eq(after.events.data_bytes_in, before.events.data_bytes_in);
    ck_assert_uint_ne(after.events.data_bytes_in, 0);
    kit_end(&kit);
}
END_TEST

START_TEST(a_class_that_is_off_counts_nothing)
{
    struct te_collector_record r;

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 0, 1, ON_OBS_REC);
    net_transfer(pair.server, pair.client, 10000);
    net_transfer(pair.client, pair.server, 10000);
    kit_settle(&pair);
    r = kit_read(&kit, 0);
    ck_assert_uint_eq(r.events.data_bytes_in, 0);
    ck_assert_uint_eq(r.events.count_rtt, 0);
    ck_assert_uint_eq(r.events.limit, 0);
    ck_assert_uint_eq(r.events.max_rto_us, 0);
    ck_assert_uint_ne(r.events.max_rwin_rcvd, 0);
    kit_end(&kit);
}
END_TEST

START_TEST(data_counted_again_after_a_pause_is_no_less_than_the_kernels_own)
{
    struct te_collector_record r;

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 0, 1, ON_DATA);
    net_transfer(pair.server, pair.client, 1000);
    kit_enable(&kit, pair.client, 0, 1, ON_OBS_REC);
    net_transfer(pair.server, pair.client, 2000);
    kit_settle(&pair);
    kit_enable(&kit, pair.client, 0, 1, ON_OBS_REC | ON_DATA);
    net_transfer(pair.server, pair.client, 4000);
    kit_settle(&pair);
    r = kit_read(&kit, 0);
    ck_assert_uint_eq(r.events.received_before + r.events.data_bytes_in, 7002);
    kit_end(&kit);
}
END_TEST

START_TEST(a_released_record_is_left_alone_and_its_slot_given_away_clean)
{
    struct te_collector_record r;
    struct net_pair other;
    uint64_t sum;

    if (!setup())
        return;
    kit_connect(&kit, &other, NULL);
    kit_enable(&kit, pair.client, 5, 1, EVERYTHING);
    net_transfer(pair.server, pair.client, 100000);
    net_transfer(pair.client, pair.server, 100000);
    kit_settle(&pair);
    kit_release(&kit, pair.client, 5);
    r = kit_read(&kit, 5);
    sum = r.events.data_bytes_in;
    ck_assert_uint_eq(r.head.live, 0);
    ck_assert_uint_ne(sum, 0);
    net_transfer(pair.server, pair.client, 100000);
    ck_assert_uint_eq(kit_read(&kit, 5).events.data_bytes_in, sum);

    kit_enable(&kit, other.client, 5, 2, EVERYTHING);
    net_transfer(pair.server, pair.client, 100000);
    r = kit_read(&kit, 5);
    ck_assert_uint_eq(r.head.live, 1);
    ck_assert_uint_eq(r.head.epoch, 2);
    ck_assert_uint_eq(r.head.cookie, kit_target(other.client).cookie);
    ck_assert_uint_eq(r.head.local_port, other.client_tuple.local_port);
    ck_assert_mem_eq(r.head.remote, other.client_tuple.remote, 16);
    ck_assert_uint_eq(r.events.data_bytes_in, 0);
    ck_assert_uint_le(r.events.count_rtt, 1); /* that of the handshake */
    ck_assert_uint_eq(r.sock.bytes_received, 0);
    kit_end(&kit);
}
END_TEST

/* After that the slot is reaped and free, so what it says must be final. */
static void expect_death(uint64_t epoch)
{
    uint64_t told;
    uint32_t slot;

    ck_assert_uint_eq(kit_deaths(&kit, AWAIT_SECONDS * 1000, &slot, &told), 1);
    ck_assert_uint_eq(slot, 9);
    ck_assert_uint_eq(told, epoch);
    ck_assert_uint_eq(kit_read(&kit, 9).head.live, 0);
}

START_TEST(the_death_of_a_socket_is_reported_once)
{
    struct linger reset = {.l_onoff = 1};

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 9, 1, ON_DATA);
    ck_assert_uint_eq(kit_deaths(&kit, 50, NULL, NULL), 0);
    close(pair.server);
    close(pair.client);
    expect_death(1);

    kit_connect(&kit, &pair, NULL);
    kit_enable(&kit, pair.client, 9, 2, ON_DATA);
    ck_assert_int_eq(setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    close(pair.client);
    expect_death(2);
    close(pair.server);

    kit_connect(&kit, &pair, NULL);
    kit_enable(&kit, pair.client, 9, 3, ON_DATA);
    ck_assert_int_eq(setsockopt(pair.server, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    close(pair.server);
    expect_death(3);
    ck_assert_uint_eq(kit_deaths(&kit, 50, NULL, NULL), 0);
    kit_end(&kit);
}
END_TEST

START_TEST(a_connection_with_the_same_tuple_is_another)
{
    struct net_options same = {.to = "127.0.0.1", .port = 4000, .client_port = 4001};
    struct linger reset = {.l_onoff = 1};
    struct programs_target old;

    if (!kit_start(&kit))
        return;
    kit_connect(&kit, &pair, &same);
    kit_enable(&kit, pair.client, 9, 1, ON_DATA);
    old = kit_target(pair.client);
    ck_assert_int_eq(setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    net_close(&pair);
    expect_death(1);
    kit_connect(&kit, &pair, &same);
    net_transfer(pair.server, pair.client, 1000);
    ck_assert_uint_eq(kit_read(&kit, 9).head.live, 0);
    ck_assert_int_eq(programs_enable(kit.programs, kit.away, &old, 9, 2, ON_DATA), -ENOENT);
    ck_assert_int_eq(kit_try(&kit, pair.client, 9, 3, ON_DATA), 0);
    kit_end(&kit);
}
END_TEST

START_TEST(a_socket_that_is_connected_anew_has_lost_its_record)
{
    struct sockaddr unspecified = {.sa_family = AF_UNSPEC};

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 9, 1, ON_DATA);
    ck_assert_int_eq(connect(pair.client, &unspecified, sizeof(unspecified)), 0);
    expect_death(1);
    kit_end(&kit);
}
END_TEST

START_TEST(a_record_ends_even_when_its_socket_and_namespace_have_gone)
{
    struct programs_target target;

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 9, 1, ON_DATA);
    target = kit_target(pair.client);
    net_close(&pair);
    ck_assert_int_eq(programs_release(kit.programs, -1, &target, 9), 0);
    ck_assert_uint_eq(kit_read(&kit, 9).head.live, 0);
    kit_end(&kit);
}
END_TEST

START_TEST(a_thousand_records_given_and_taken_leave_nothing_behind)
{
    unsigned i, descriptors;

    if (!setup())
        return;
    kit_enable(&kit, pair.client, 0, 1, EVERYTHING);
    kit_release(&kit, pair.client, 0);
    ck_assert_int_eq(programs_adjust(kit.programs, 0), 0);
    descriptors = net_descriptors();
    for (i = 0; i < 1000; i++) {
        kit_enable(&kit, i % 2 ? pair.client : pair.server, i % RECORDS, 2 + i, ON_DATA | ON_PATH);
        net_transfer(pair.client, pair.server, 1);
        ck_assert_uint_eq(kit_read(&kit, i % RECORDS).head.epoch, 2 + i);
        kit_release(&kit, i % 2 ? pair.client : pair.server, i % RECORDS);
    }
    ck_assert_int_eq(programs_adjust(kit.programs, 0), 0);
    ck_assert_uint_eq(programs_attached(kit.programs), 0);
    ck_assert_uint_eq(net_descriptors(), descriptors);
    for (i = 0; i < RECORDS; i++)
        ck_assert_uint_eq(kit.records[i].head.live, 0);
    kit_end(&kit);
}
END_TEST

SUITE("life", 300, nothing_is_attached_but_while_something_is_enabled,
      what_hooks_have_not_counted_is_known,
      the_hooks_for_sending_are_attached_for_the_classes_that_need_them,
      another_cookie_is_no_such_socket, neither_slot_nor_epoch_is_taken_on_trust,
      a_change_of_classes_keeps_the_record_and_is_counted, a_class_that_is_off_counts_nothing,
      data_counted_again_after_a_pause_is_no_less_than_the_kernels_own,
      a_released_record_is_left_alone_and_its_slot_given_away_clean,
      the_death_of_a_socket_is_reported_once, a_connection_with_the_same_tuple_is_another,
      a_socket_that_is_connected_anew_has_lost_its_record,
      a_record_ends_even_when_its_socket_and_namespace_have_gone,
      a_thousand_records_given_and_taken_leave_nothing_behind)
