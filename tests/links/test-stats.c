/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From counters to RAS_STATS, and handles: arithmetic alone. */
#include <string.h>

#include "identity.h"
#include "stats.h"
#include "suite.h"

static const uint64_t counters[LK_COUNTERS] = {
    [LK_TX_BYTES] = 11,    [LK_RX_BYTES] = 12,      [LK_TX_PACKETS] = 13,
    [LK_RX_PACKETS] = 14,  [LK_RX_CRC_ERR] = 15,    [LK_RX_FRAME_ERR] = 16,
    [LK_RX_FIFO_ERR] = 17, [LK_RX_LENGTH_ERR] = 18, [LK_RX_OVER_ERR] = 19,
};

START_TEST(each_member_has_its_own_counter)
{
    /* In the order of Windows' structure. */
    static const uint64_t expected[] = {11, 12, 13, 14, 15, 0, 16, 17, 18, 19, 0, 0, 56000, 4321};
    uint64_t value[LK_MEMBERS];

    ck_assert_uint_eq(LK_MEMBERS, sizeof(expected) / sizeof(expected[0]));
    lk_stats_compute(counters, NULL, 56000, 4321, value);
    for (unsigned i = 0; i < LK_MEMBERS; i++)
        ck_assert_msg(value[i] == expected[i], "%s: %llu", lk_member_info(i)->name,
                      (unsigned long long)value[i]);
    ck_assert_ptr_null(lk_member_info(LK_MEMBERS));
    ck_assert_str_eq(lk_member_info(0)->name, "BytesXmited");
    ck_assert_str_eq(lk_member_info(LK_MEMBERS - 1)->name, "ConnectDuration");
}
END_TEST

START_TEST(counters_have_64_bits_and_windows_the_lower_half_after_the_subtraction)
{
    uint64_t counter[LK_COUNTERS] = {0}, base[LK_COUNTERS] = {0};
    uint64_t value[LK_MEMBERS];

    counter[LK_TX_BYTES] = UINT64_C(0x500000007);
    counter[LK_RX_BYTES] = UINT64_C(0x500000007);
    base[LK_RX_BYTES] = UINT64_C(0x4fffffff0);
    lk_stats_compute(counter, base, 0, 0, value);
    ck_assert_uint_eq(value[LK_BytesXmited], UINT64_C(0x500000007));
    ck_assert_uint_eq(value[LK_BytesRcved], 0x17);
    ck_assert_uint_eq(lk_windows_value(LK_BytesXmited, value[LK_BytesXmited]), 7);
    ck_assert_uint_eq(lk_windows_value(LK_BytesRcved, value[LK_BytesRcved]), 0x17);
}
END_TEST

START_TEST(clearing_leaves_speed_and_duration)
{
    uint64_t value[LK_MEMBERS];

    lk_stats_compute(counters, counters, 56000, 4321, value);
    for (unsigned i = 0; i < LK_MEMBERS; i++)
        ck_assert_uint_eq(value[i], i == LK_Bps ? 56000 : i == LK_ConnectDuration ? 4321 : 0);
}
END_TEST

START_TEST(counters_that_the_driver_started_anew_count_from_there)
{
    uint64_t counter[LK_COUNTERS] = {0}, base[LK_COUNTERS] = {0};
    uint64_t value[LK_MEMBERS];

    base[LK_TX_BYTES] = 1000;
    counter[LK_TX_BYTES] = 40;
    lk_stats_compute(counter, base, 0, 0, value);
    ck_assert_uint_eq(value[LK_BytesXmited], 40);
}
END_TEST

START_TEST(for_windows_a_speed_beyond_32_bits_saturates_and_a_duration_wraps)
{
    uint64_t value[LK_MEMBERS];

    lk_stats_compute(counters, NULL, UINT64_C(10000000000), UINT64_C(0x100000005), value);
    ck_assert_uint_eq(value[LK_Bps], UINT64_C(10000000000));
    ck_assert_uint_eq(value[LK_ConnectDuration], UINT64_C(0x100000005));
    ck_assert_uint_eq(lk_windows_value(LK_Bps, value[LK_Bps]), UINT32_MAX);
    ck_assert_uint_eq(lk_windows_value(LK_ConnectDuration, value[LK_ConnectDuration]), 5);
}
END_TEST

START_TEST(handles_of_one_index_differ_for_all_near_inodes)
{
    uint32_t first = lk_handle(100000, 5);

    for (uint64_t inode = 100001; inode < 300001; inode++)
        ck_assert_uint_ne(lk_handle(inode, 5), first);
    /* the numbers have begun anew, with the next generation in the upper half */
    ck_assert_uint_ne(lk_handle(UINT64_C(1) << 32 | 100000, 5), first);
}
END_TEST

static int by_value(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

    return one < other ? -1 : one > other;
}

START_TEST(handles_of_many_links_differ)
{
    enum { LINKS = 20000 };
    static uint32_t handle[LINKS];

    /* as a host makes them in a row: some fifty directories of sysfs each */
    for (uint32_t i = 0; i < LINKS; i++)
        handle[i] = lk_handle(30000 + 53 * (uint64_t)i, 2 + i);
    qsort(handle, LINKS, sizeof(handle[0]), by_value);
    for (uint32_t i = 1; i < LINKS; i++)
        ck_assert_uint_ne(handle[i], handle[i - 1]);
}
END_TEST

START_TEST(no_handle_looks_like_none)
{
    for (uint32_t index = 0; index < 100; index++) {
        uint32_t offset = index * 0x85ebca77u;

        ck_assert_uint_ne(lk_handle((uint32_t)-offset, index), 0);
        ck_assert_uint_ne(lk_handle((uint32_t)(-offset - 1), index), UINT32_MAX);
    }
}
END_TEST

START_TEST(without_sysfs_namespace_index_name_and_kind_are_told_apart)
{
    struct lk_message a = {.index = 3, .name = "tun0", .kind = "tun"}, b = a;
    uint64_t identity = lk_identity_without_sysfs(77, &a);

    ck_assert(identity & LK_WITHOUT_SYSFS);
    ck_assert(lk_identity_without_sysfs(77, &b) == identity);
    ck_assert(lk_identity_without_sysfs(78, &b) != identity);
    b.index = 4;
    ck_assert(lk_identity_without_sysfs(77, &b) != identity);
    b = a;
    strcpy(b.name, "tun1");
    ck_assert(lk_identity_without_sysfs(77, &b) != identity);
    b = a;
    strcpy(b.kind, "gre");
    ck_assert(lk_identity_without_sysfs(77, &b) != identity);
    /* counters are no part of it */
    b = a;
    b.counter[0] = 5;
    ck_assert(lk_identity_without_sysfs(77, &b) == identity);
}
END_TEST

START_TEST(sysfs_of_another_link_of_that_name_is_found_out)
{
    struct lk_message before = {.index = 3, .type = 65534}, after;
    struct lk_view view = {.index = 3, .type = 65534};

    for (unsigned i = 0; i <= LK_RX_PACKETS; i++)
        before.counter[i] = view.counter[i] = 100 + i;
    after = before;
    ck_assert(lk_view_fits(&view, &before, &after));
    /* while it carries traffic */
    after.counter[LK_TX_BYTES] += 10;
    view.counter[LK_TX_BYTES] += 5;
    ck_assert(lk_view_fits(&view, &before, &after));
    for (unsigned i = 0; i <= LK_RX_PACKETS; i++) {
        uint64_t right = view.counter[i];

        view.counter[i] = before.counter[i] - 1;
        ck_assert(!lk_view_fits(&view, &before, &after));
        view.counter[i] = after.counter[i] + 1;
        ck_assert(!lk_view_fits(&view, &before, &after));
        view.counter[i] = right;
    }
    view.index = 4;
    ck_assert(!lk_view_fits(&view, &before, &after));
    view.index = 3;
    view.type = 1;
    ck_assert(!lk_view_fits(&view, &before, &after));
}
END_TEST

SUITE("link statistics", 60, each_member_has_its_own_counter,
      counters_have_64_bits_and_windows_the_lower_half_after_the_subtraction,
      clearing_leaves_speed_and_duration, counters_that_the_driver_started_anew_count_from_there,
      for_windows_a_speed_beyond_32_bits_saturates_and_a_duration_wraps,
      handles_of_one_index_differ_for_all_near_inodes, handles_of_many_links_differ,
      no_handle_looks_like_none, without_sysfs_namespace_index_name_and_kind_are_told_apart,
      sysfs_of_another_link_of_that_name_is_found_out)
