/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the shared state forgets: after a day, or when it is as large as it may be. */
#include <sys/syscall.h>

#include "state-tamper.h"

#define HOUR 3600

/* Seconds by which the clock below is ahead; 0 again at the end, since check looks at it too. */
static int64_t ahead;

/* In the place of libc's, for everything in this program. */
int clock_gettime(clockid_t clock, struct timespec *ts)
{
    int rc = (int)syscall(SYS_clock_gettime, clock, ts);

    if (!rc && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE))
        ts->tv_sec += ahead;
    return rc;
}

static bool known(uint64_t netns, uint64_t cookie)
{
    struct te_ident ident = {netns, cookie};
    struct te_entry entry;

    return !te_state_read(&st, dir, &ident, &entry);
}

static int set(uint64_t netns, uint64_t cookie)
{
    struct te_ident ident = {netns, cookie};
    uint32_t one = 1;

    return te_state_update(&st, dir, &ident, true, kit_apply_set, &one, kit_all_alive, NULL);
}

/* Lets a new file be made, by connections of a namespace. */
static void renew_by(uint64_t netns)
{
    uint64_t seed = st.seed;

    for (uint64_t i = 1; st.seed == seed; i++)
        ck_assert_int_eq(set(netns, 1000000 + i), 0);
}

START_TEST(what_nobody_has_touched_for_a_day_is_forgotten_by_other_namespaces)
{
    begin();
    ck_assert_int_eq(set(1, 1), 0);
    ck_assert_int_eq(set(2, 2), 0);
    ahead += 23 * HOUR;
    renew_by(2);
    ck_assert(known(2, 2));
    ahead += 2 * HOUR;
    /* Nobody but its own namespace could tell that this one is dead. */
    renew_by(2);
    ck_assert(!known(1, 1));
    ck_assert(known(2, 2));
    te_state_close(&st);
    ahead = 0;
}
END_TEST

START_TEST(what_is_only_read_is_not_forgotten)
{
    begin();
    ck_assert_int_eq(set(1, 1), 0);
    ck_assert_int_eq(set(1, 3), 0);
    ahead += 23 * HOUR;
    ck_assert(known(1, 1));
    ahead += 23 * HOUR;
    renew_by(2);
    ck_assert(known(1, 1));
    ck_assert(!known(1, 3));
    te_state_close(&st);
    ahead = 0;
}
END_TEST

START_TEST(a_clock_that_went_back_forgets_nothing)
{
    begin();
    ahead += 100 * HOUR;
    ck_assert_int_eq(set(1, 1), 0);
    ahead -= 100 * HOUR;
    ck_assert(known(1, 1));
    renew_by(2);
    ck_assert(known(1, 1));
    te_state_close(&st);
    ahead = 0;
}
END_TEST

#define LARGEST ((uint64_t)TE_PAGES_MAX * TE_SLOTS)

/* As many as there is room for; all are alive, as far as their own namespace can tell. */
static uint64_t fill_by(uint64_t netns)
{
    uint64_t count = 0;
    int rc;

    while (!(rc = set(netns, count + 1)) && count < 2 * LARGEST)
        count++;
    ck_assert_int_eq(rc, -ENOSPC);
    ck_assert_uint_gt(count, LARGEST / 2);
    return count;
}

START_TEST(the_largest_file_of_living_connections_takes_no_more_from_them)
{
    uint64_t count, kept = 0;
    struct stat sb;

    if (getenv("SLOW_TOOL")) {
        printf("SKIP: the largest file: takes too long under valgrind\n");
        return;
    }
    begin();
    count = fill_by(2);
    for (uint64_t i = 1; i <= count; i++)
        ck_assert(known(2, i));
    ck_assert_int_eq(stat(kit_file(dir), &sb), 0);
    ck_assert_int_eq(sb.st_size, (off_t)te_file_size(TE_PAGES_MAX));
    /* Others get room, at the cost of what has not been touched for the longest time. */
    for (uint64_t i = 1; i <= 1000; i++)
        ck_assert_int_eq(set(1, i), 0);
    renew_by(1);
    for (uint64_t i = 1; i <= 1000; i++)
        ck_assert(known(1, i));
    for (uint64_t i = 1; i <= count; i++)
        kept += known(2, i);
    ck_assert_uint_gt(kept, LARGEST * 4 / 10);
    ck_assert_uint_lt(kept, count);
    for (uint64_t i = 1; i <= count; i++)
        ck_assert_int_eq(known(2, i), i > count - kept);
    te_state_close(&st);
    ahead = 0;
}
END_TEST

SUITE("age of the state", 120, what_nobody_has_touched_for_a_day_is_forgotten_by_other_namespaces,
      what_is_only_read_is_not_forgotten, a_clock_that_went_back_forgets_nothing,
      the_largest_file_of_living_connections_takes_no_more_from_them)
