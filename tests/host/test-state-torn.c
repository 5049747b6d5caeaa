/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a record again and again in the middle of somebody's changes, whose lock was never held
 * when it was asked after. Reading the file is interposed, see build.mk.
 */
#include "state-tamper.h"

ssize_t __real_pread(int fd, void *buf, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *buf, size_t size, off_t at);

/* How many readings of a page are still to be torn, each in a way of its own or all alike. */
static int tears;
static bool alike;

ssize_t __wrap_pread(int fd, void *buf, size_t size, off_t at)
{
    ssize_t got = __real_pread(fd, buf, size, at);

    if (size == TE_PAGE && got == TE_PAGE && tears > 0) {
        struct te_record *record = buf;

        record->touched += alike ? 1 : (uint64_t)tears;
        tears--;
    }
    return got;
}

START_TEST(a_record_that_is_torn_each_time_is_read_in_the_end)
{
    begin();
    for (int n = 1; n < 40; n++) {
        tears = n;
        ck_assert_int_eq(kit_get(&st, dir, 1), 11);
        ck_assert_int_eq(tears, 0);
    }
    te_state_close(&st);
}
END_TEST

START_TEST(a_record_that_stays_torn_is_damaged)
{
    begin();
    tears = INT32_MAX;
    alike = true;
    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    ck_assert_int_gt(tears, INT32_MAX - 20);
    tears = 0;
    alike = false; /* the next test may run in the same process */
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    te_state_close(&st);
}
END_TEST

START_TEST(a_record_that_is_never_whole_is_reported_as_busy)
{
    uint64_t start = kit_now_us();

    begin();
    tears = INT32_MAX;
    ck_assert_int_eq(kit_get(&st, dir, 1), -EBUSY);
    ck_assert_uint_lt(kit_now_us() - start, 5000000);
    tears = 0;
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    te_state_close(&st);
}
END_TEST

SUITE("torn records of the state", 60, a_record_that_is_torn_each_time_is_read_in_the_end,
      a_record_that_stays_torn_is_damaged, a_record_that_is_never_whole_is_reported_as_busy)
