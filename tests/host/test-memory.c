/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory as its callers see it, with nothing going wrong. */
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "memory-kit.h"

#define MINUTE 60

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

START_TEST(nothing_is_on_at_first_in_a_small_file_all_of_it_allocated)
{
    const char *dir = kit_fresh();
    struct kit_user u;
    struct stat sb;

    kit_begin(&u, dir);
    for (uint64_t i = 1; i < 4; i++)
        ck_assert_int_eq(kit_get(&u, i), 0);
    for (uint64_t i = 1; i <= TE_SLOTS_MIN; i++)
        ck_assert_int_eq(kit_set(&u, i, 1), 0);
    ck_assert_int_eq(stat(kit_file(dir), &sb), 0);
    ck_assert_int_eq(sb.st_size, (off_t)te_file_size(TE_SLOTS_MIN));
    ck_assert_int_lt(sb.st_size, 65536);
    ck_assert_int_ge(sb.st_blocks * 512, sb.st_size);
    ck_assert_int_eq(sb.st_mode, S_IFREG | 0600);
    ck_assert_int_eq(stat(kit_path(dir, ""), &sb), 0);
    ck_assert_int_eq(sb.st_mode & 0777, 0700);
    ck_assert_int_eq(kit_count_names(dir), 1);
    kit_done(&u);
}
END_TEST

START_TEST(what_one_process_sets_another_reads_at_once)
{
    const char *dir = kit_fresh();
    int to[2], from[2];
    struct kit_user u;
    uint32_t value;
    pid_t pid;

    ck_assert_int_eq(pipe(to) | pipe(from), 0);
    kit_begin(&u, dir);
    pid = suite_fork();
    if (!pid) {
        while (read(to[0], &value, sizeof(value)) == sizeof(value) && value) {
            int rc = kit_set(&u, 7, value);

            if (write(from[1], &rc, sizeof(rc)) != sizeof(rc))
                break;
        }
        _exit(0);
    }
    /* From before anything was set, so that the first one is noticed at once too. */
    ck_assert_int_eq(kit_get(&u, 7), 0);
    for (value = 1; value <= 500; value++) {
        int rc;

        ck_assert_int_eq(write(to[1], &value, sizeof(value)), sizeof(value));
        ck_assert_int_eq(read(from[0], &rc, sizeof(rc)), sizeof(rc));
        ck_assert_int_eq(rc, 0);
        ck_assert_int_eq(kit_get(&u, 7), value);
    }
    value = 0;
    ck_assert_int_eq(write(to[1], &value, sizeof(value)), sizeof(value));
    ck_assert_int_eq(kit_wait(pid), 0);
    ck_assert_int_eq(kit_get_anew(dir, 7), 500);
    kit_done(&u);
}
END_TEST

START_TEST(reading_and_changing_take_no_system_call)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_conn c;
    struct kit_user u;
    pid_t pid;

    if (getenv("SLOW_TOOL")) {
        printf("SKIP: no system call: valgrind makes some of its own\n");
        return;
    }
    kit_begin(&u, kit_fresh());
    ck_assert_int_eq(kit_set(&u, 1, 5), 0);
    pid = suite_fork();
    if (!pid) {
        bool good;

        /* Whatever calls the kernel from here on is killed. */
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
            syscall(SYS_exit, 77);
        good = te_memory_read(&u.memory, kit_conn(&c, 1), &entry, &ref) && entry.enabled == 5;
        kit_fill(&entry, 6);
        good &= !te_memory_write(&u.memory, &ref, &entry);
        syscall(SYS_exit, good ? 0 : 1);
    }
    ck_assert_int_eq(kit_wait(pid), 0);
    ck_assert_int_eq(kit_get(&u, 1), 6);
    kit_done(&u);
}
END_TEST

/* What names a connection, beside its addresses. */
struct name {
    uint64_t cookie, netns;
    uint32_t ifindex;
};

/* All on the addresses of the connection, and each has what was set for it. */
static void expect_told_apart(struct kit_user *u, struct kit_conn *c, const struct name *names,
                              uint32_t count)
{
    struct te_entry_ref ref;
    struct te_entry entry;

    for (uint32_t i = 0; i < count; i++) {
        c->ident = (struct te_ident){names[i].cookie, names[i].netns, &c->tuple, names[i].ifindex};
        ck_assert_int_eq(kit_change(u, &c->ident, i + 1, 0, NULL), 0);
    }
    for (uint32_t i = 0; i < count; i++) {
        /* The device follows from the cookie. */
        c->ident = (struct te_ident){names[i].cookie, names[i].netns, &c->tuple, 0};
        ck_assert(te_memory_read(&u->memory, &c->ident, &entry, &ref));
        ck_assert_uint_eq(entry.enabled, i + 1);
        ck_assert_uint_eq(c->ident.ifindex, names[i].ifindex);
    }
}

START_TEST(netns_cookie_and_device_name_a_connection)
{
    static const struct name names[] = {
        {1, 1, 0}, {2, 1, 5}, {3, 1, 6}, {1, 2, 0}, {UINT64_MAX - 1, UINT64_MAX, UINT32_MAX}};
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_conn c;
    struct kit_user u;

    kit_conn(&c, 77);
    kit_begin(&u, kit_fresh());
    expect_told_apart(&u, &c, names, 5);
    c.ident = (struct te_ident){4, 1, &c.tuple, 0};
    ck_assert(!te_memory_read(&u.memory, &c.ident, &entry, &ref));
    ck_assert_uint_eq(entry.enabled, 0);
    kit_done(&u);
}
END_TEST

/* As many as a small file holds, all of one cookie. */
START_TEST(namespaces_are_told_apart_in_neighbouring_places)
{
    struct name names[14];
    struct kit_conn c;
    struct kit_user u;

    for (uint32_t i = 0; i < 14; i++)
        names[i] = (struct name){7, i + 1, 0};
    kit_conn(&c, 7);
    kit_begin(&u, kit_fresh());
    expect_told_apart(&u, &c, names, 14);
    ck_assert_uint_eq(u.memory.slots, TE_SLOTS_MIN);
    kit_done(&u);
}
END_TEST

START_TEST(without_a_cookie_the_addresses_and_the_device_name_it)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_conn c;
    struct kit_user u;

    kit_conn(&c, 77);
    kit_begin(&u, kit_fresh());
    c.ident.ifindex = 5;
    ck_assert_int_eq(kit_change(&u, &c.ident, 3, 0, NULL), 0);
    for (uint32_t ifindex = 0; ifindex < 7; ifindex++) {
        c.ident = (struct te_ident){0, KIT_NETNS, &c.tuple, ifindex};
        ck_assert_int_eq(te_memory_read(&u.memory, &c.ident, &entry, &ref), ifindex == 5);
        ck_assert_uint_eq(c.ident.cookie, ifindex == 5 ? 77 : 0);
    }
    c.ident = (struct te_ident){0, KIT_NETNS + 1, &c.tuple, 5};
    ck_assert(!te_memory_read(&u.memory, &c.ident, &entry, &ref));
    /* One that is bound to none is meant by whoever names one, too. */
    ck_assert_int_eq(kit_set(&u, 78, 4), 0);
    kit_conn(&c, 78);
    c.ident.cookie = 0;
    c.ident.ifindex = 9;
    ck_assert(te_memory_read(&u.memory, &c.ident, &entry, &ref));
    ck_assert_uint_eq(c.ident.cookie, 78);
    ck_assert_uint_eq(c.ident.ifindex, 0);
    kit_done(&u);
}
END_TEST

START_TEST(a_new_connection_on_old_addresses_begins_with_nothing)
{
    struct te_entry_ref old, ref;
    struct te_entry entry;
    struct kit_conn c;
    struct kit_user u;

    kit_begin(&u, kit_fresh());
    ck_assert_int_eq(kit_set(&u, 1, 5), 0);
    ck_assert(te_memory_read(&u.memory, kit_conn(&c, 1), &entry, &old));
    c.ident.cookie = 2;
    ck_assert(!te_memory_read(&u.memory, &c.ident, &entry, &ref));
    ck_assert_uint_eq(entry.enabled, 0);
    kit_fill(&entry, 6);
    ck_assert_int_eq(te_memory_add(&u.memory, &c.ident, &entry, NULL, NULL), 0);
    ck_assert_int_eq(te_memory_add(&u.memory, &c.ident, &entry, NULL, NULL), -EAGAIN);
    /* What somebody still had read of the old one is not written to the new one. */
    kit_fill(&entry, 7);
    ck_assert_int_eq(te_memory_write(&u.memory, &old, &entry), -EAGAIN);
    ck_assert(te_memory_read(&u.memory, &c.ident, &entry, &ref));
    ck_assert_uint_eq(entry.enabled, 6);
    ck_assert_int_eq(kit_get(&u, 1), 0);
    kit_done(&u);
}
END_TEST

START_TEST(a_change_is_refused_when_somebody_else_was_faster)
{
    struct te_entry_ref mine, theirs;
    struct te_entry entry;
    struct kit_user u;
    struct kit_conn c;

    kit_begin(&u, kit_fresh());
    ck_assert_int_eq(kit_set(&u, 1, 5), 0);
    ck_assert(te_memory_read(&u.memory, kit_conn(&c, 1), &entry, &mine));
    ck_assert(te_memory_read(&u.memory, kit_conn(&c, 1), &entry, &theirs));
    kit_fill(&entry, 6);
    ck_assert_int_eq(te_memory_write(&u.memory, &theirs, &entry), 0);
    kit_fill(&entry, 7);
    ck_assert_int_eq(te_memory_write(&u.memory, &mine, &entry), -EAGAIN);
    ck_assert_int_eq(kit_get(&u, 1), 6);
    kit_done(&u);
}
END_TEST

START_TEST(no_instant_is_shown_after_a_later_one)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_conn c;
    struct kit_user u;
    uint64_t now;

    kit_begin(&u, kit_fresh());
    ck_assert_int_eq(kit_set(&u, 1, 5), 0);
    ck_assert(te_memory_read(&u.memory, kit_conn(&c, 1), &entry, &ref));
    now = te_now() + 5;
    te_memory_show(&u.memory, &ref, now);
    te_memory_show(&u.memory, &ref, now - 4);
    ck_assert(te_memory_may_show(&ref, now));
    ck_assert(!te_memory_may_show(&ref, now - 1));
    kit_done(&u);
}
END_TEST

START_TEST(ten_thousand_connections_are_kept_apart_and_the_file_shrinks_again)
{
    enum { COUNT = 10000 };
    struct kit_user u, other;
    struct stat sb;

    kit_begin(&u, kit_fresh());
    kit_begin(&other, u.dir);
    ck_assert_int_eq(kit_get(&other, 1), 0);
    for (int i = 1; i <= COUNT; i++)
        ck_assert_int_eq(kit_set(&u, (uint64_t)i, (uint32_t)i), 0);
    /* Through one that was mapped before, and through all of the file's replacements. */
    for (int i = 1; i <= COUNT; i++)
        ck_assert_int_eq(kit_get(&other, (uint64_t)i), i);
    for (int i = COUNT + 1; i <= 2 * COUNT; i++)
        ck_assert_int_eq(kit_get(&other, (uint64_t)i), 0);
    ck_assert_int_eq(stat(kit_file(u.dir), &sb), 0);
    ck_assert_msg(sb.st_size <= COUNT * 6000, "%ld bytes each", (long)sb.st_size / COUNT);
    ck_assert_int_eq(kit_count_names(u.dir), 1);

    /* A minute later, but only then, it is looked for the dead. */
    kit_later(&other);
    te_memory_ready(&other.memory, kit_none_alive, NULL);
    ck_assert_int_eq(stat(kit_file(u.dir), &sb), 0);
    ck_assert_int_gt(sb.st_size, COUNT * 1000);
    ahead += MINUTE + 1;
    /* At once, unless this machine is so slow that the time for it is up before all are asked. */
    for (int i = 0; i < 50 && sb.st_size > (off_t)te_file_size(TE_SLOTS_MIN); i++) {
        kit_later(&other);
        te_memory_ready(&other.memory, kit_none_alive, NULL);
        ck_assert_int_eq(stat(kit_file(u.dir), &sb), 0);
        ahead += 2;
    }
    ck_assert_int_eq(sb.st_size, (off_t)te_file_size(TE_SLOTS_MIN));
    /* The other one hears of that at once. */
    ck_assert_int_eq(kit_set(&other, 5, 55), 0);
    ck_assert_int_eq(kit_get(&u, 5), 55);
    ck_assert_int_eq(kit_get(&u, 6), 0);
    kit_done(&u);
    kit_done(&other);
    ahead = 0;
}
END_TEST

START_TEST(a_large_file_of_the_living_stays)
{
    struct kit_user u;
    uint64_t seed;

    kit_begin(&u, kit_fresh());
    for (uint64_t i = 1; i <= 1000; i++)
        ck_assert_int_eq(kit_set(&u, i, (uint32_t)i), 0);
    seed = u.memory.seed;
    ahead += MINUTE + 1;
    for (uint64_t i = 1; i <= 1000; i++)
        ck_assert_int_eq(kit_get(&u, i), (int)i);
    ck_assert_uint_eq(u.memory.seed, seed);
    kit_done(&u);
    ahead = 0;
}
END_TEST

/* Odd cookies are dead, even ones alive; what cannot be told is a multiple of ten. */
static int by_cookie(void *arg, const struct te_ident *ident)
{
    (void)arg;
    return ident->cookie % 10 == 0 ? -EAGAIN : ident->cookie % 2 == 0;
}

START_TEST(the_dead_make_room_for_the_living)
{
    struct kit_user u;
    struct kit_conn c;
    int gone = 0;

    kit_begin(&u, kit_fresh());
    /* Another namespace's cannot be asked about. */
    kit_conn(&c, 100001);
    c.ident.netns = 77;
    ck_assert_int_eq(kit_change(&u, &c.ident, 1, 0, by_cookie), 0);
    for (uint64_t i = 1; i <= 3000; i++) {
        ck_assert_int_eq(kit_change(&u, kit_conn(&c, i), 1, 0, by_cookie), 0);
        /* The one just made is alive, whatever by_cookie() would have said later. */
        ck_assert_int_eq(kit_get(&u, i), 1);
    }
    for (uint64_t i = 1; i <= 3000; i++) {
        int value = kit_get(&u, i);

        if (i % 2 == 0)
            ck_assert_msg(value == 1, "connection %lu was alive", (unsigned long)i);
        gone += value == 0;
    }
    ck_assert_int_gt(gone, 500);
    kit_conn(&c, 100001);
    c.ident.netns = 77;
    ck_assert_int_eq(kit_change(&u, &c.ident, 0, 1, by_cookie), 0);
    ck_assert_int_eq(u.memory.slots < 6000, 1);
    kit_done(&u);
}
END_TEST

START_TEST(a_file_full_of_the_dead_does_not_grow)
{
    struct kit_user u;
    struct kit_conn c;

    kit_begin(&u, kit_fresh());
    for (uint64_t i = 1; i <= 2000; i++) {
        ck_assert_int_eq(kit_change(&u, kit_conn(&c, i), 1, 0, kit_none_alive), 0);
        ck_assert_int_eq(kit_get(&u, i), 1);
    }
    ck_assert_uint_eq(u.memory.slots, TE_SLOTS_MIN);
    kit_done(&u);
}
END_TEST

static bool known(struct kit_user *u, uint64_t netns, uint64_t cookie)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_conn c;

    kit_conn(&c, cookie);
    c.ident.netns = netns;
    te_memory_ready(&u->memory, NULL, NULL);
    return te_memory_read(&u->memory, &c.ident, &entry, &ref);
}

static int set_in(struct kit_user *u, uint64_t netns, uint64_t cookie)
{
    struct kit_conn c;

    kit_conn(&c, cookie);
    c.ident.netns = netns;
    return kit_change(u, &c.ident, 1, 0, kit_all_alive);
}

/* Lets a new file be made, by connections of a namespace. */
static void renew_by(struct kit_user *u, uint64_t netns)
{
    uint64_t seed = u->memory.seed;

    for (uint64_t i = 1; u->memory.seed == seed; i++)
        ck_assert_int_eq(set_in(u, netns, 1000000 + i), 0);
}

START_TEST(a_file_that_another_process_replaces_is_left_at_once)
{
    const char *dir = kit_fresh();
    struct kit_user reader, writer;

    kit_begin(&reader, dir);
    kit_begin(&writer, dir);
    ck_assert_int_eq(set_in(&writer, 1, 1), 0);
    ck_assert(known(&reader, 1, 1));
    renew_by(&writer, 2);
    ck_assert_int_eq(set_in(&writer, 1, 2), 0);
    /* Not a second later, when it would look anyway. */
    reader.memory.looked_ns = te_now_coarse();
    ck_assert(known(&reader, 1, 2));
    kit_done(&reader);
    kit_done(&writer);
}
END_TEST

START_TEST(what_nobody_has_looked_at_for_a_day_is_forgotten_by_other_namespaces)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_user u;
    struct kit_conn c;

    kit_begin(&u, kit_fresh());
    for (uint64_t cookie = 1; cookie < 4; cookie++)
        ck_assert_int_eq(set_in(&u, cookie == 2 ? 2 : 1, cookie), 0);
    ahead += 23 * 60 * MINUTE;
    renew_by(&u, 2);
    ck_assert(known(&u, 1, 1) && known(&u, 2, 2) && known(&u, 1, 3));
    /* One of them is shown. */
    kit_conn(&c, 3);
    c.ident.netns = 1;
    ck_assert(te_memory_read(&u.memory, &c.ident, &entry, &ref));
    te_memory_show(&u.memory, &ref, te_now());
    ahead += 2 * 60 * MINUTE;
    renew_by(&u, 2);
    /* Nobody but its own namespace could tell that this one is dead. */
    ck_assert(!known(&u, 1, 1));
    ck_assert(known(&u, 2, 2) && known(&u, 1, 3));
    kit_done(&u);
    ahead = 0;
}
END_TEST

START_TEST(the_largest_file_of_living_connections_takes_no_more_from_them)
{
    uint64_t count = 0, kept = 0;
    struct kit_user u;
    struct stat sb;
    int rc;

    /* Too slow for every day: tests/faults/long-growth.sh. */
    if (!getenv("LARGEST"))
        return;
    kit_begin(&u, kit_fresh());
    while (!(rc = set_in(&u, 2, count + 1)) && count < 2 * TE_SLOTS_MAX)
        count++;
    ck_assert_int_eq(rc, -ENOSPC);
    ck_assert_uint_gt(count, TE_SLOTS_MAX * 3 / 4);
    ck_assert_int_eq(stat(kit_file(u.dir), &sb), 0);
    ck_assert_int_eq(sb.st_size, (off_t)te_file_size(TE_SLOTS_MAX));
    for (uint64_t i = 1; i <= count; i++)
        ck_assert(known(&u, 2, i));
    /* Others get room, at the cost of what has not been looked at for the longest time. */
    ahead += 60 * MINUTE;
    for (uint64_t i = 1; i <= 1000; i++)
        ck_assert_int_eq(set_in(&u, 1, i), 0);
    renew_by(&u, 1);
    for (uint64_t i = 1; i <= 1000; i++)
        ck_assert(known(&u, 1, i));
    for (uint64_t i = 1; i <= count; i++)
        kept += known(&u, 2, i);
    ck_assert_uint_lt(kept, count);
    kit_done(&u);
    ahead = 0;
}
END_TEST

static void *bump_often(void *arg)
{
    struct kit_user u;

    kit_begin(&u, arg);
    for (uint64_t i = 0; i < 6000; i++)
        if (kit_bump(&u, 1 + i % 3))
            return arg;
    kit_done(&u);
    return NULL;
}

START_TEST(threads_lose_no_change)
{
    pthread_t threads[4];
    char dir[96];
    void *failed;

    strcpy(dir, kit_fresh());
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, bump_often, dir), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    for (uint64_t i = 1; i <= 3; i++)
        ck_assert_int_eq(kit_get_anew(dir, i), 8000);
}
END_TEST

START_TEST(the_checksum_is_the_same_on_every_machine)
{
    uint8_t bytes[64];

    for (int i = 0; i < 64; i++)
        bytes[i] = (uint8_t)(i * 37 + (i >> 3));
    ck_assert_uint_eq(te_sum(1, bytes, 64), 0x3af2195bb463450au);
    for (int bit = 0; bit < 512; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_uint_ne(te_sum(1, bytes, 64), 0x3af2195bb463450au);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ck_assert_uint_ne(te_sum(1, bytes, 56), te_sum(1, bytes, 64));
}
END_TEST

SUITE("memory", 120, nothing_is_on_at_first_in_a_small_file_all_of_it_allocated,
      what_one_process_sets_another_reads_at_once, reading_and_changing_take_no_system_call,
      netns_cookie_and_device_name_a_connection,
      without_a_cookie_the_addresses_and_the_device_name_it,
      a_new_connection_on_old_addresses_begins_with_nothing,
      a_change_is_refused_when_somebody_else_was_faster, no_instant_is_shown_after_a_later_one,
      ten_thousand_connections_are_kept_apart_and_the_file_shrinks_again,
      a_large_file_of_the_living_stays, the_dead_make_room_for_the_living,
      a_file_full_of_the_dead_does_not_grow, namespaces_are_told_apart_in_neighbouring_places,
      a_file_that_another_process_replaces_is_left_at_once,
      what_nobody_has_looked_at_for_a_day_is_forgotten_by_other_namespaces,
      the_largest_file_of_living_connections_takes_no_more_from_them, threads_lose_no_change,
      the_checksum_is_the_same_on_every_machine)
