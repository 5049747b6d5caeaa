/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A slot as a writer leaves it that is killed, or stopped, at each of its steps, made by hand; and
 * copies that are damaged.
 */
#include "memory-kit.h"

#define NAME (UINT64_C(1234) << 32)

static struct kit_user u;
static struct te_slot *slot;

/* Connection 1 with value 5, after 4. */
static void begin(void)
{
    kit_begin(&u, kit_fresh());
    ck_assert_int_eq(kit_set(&u, 1, 4), 0);
    ck_assert_int_eq(kit_set(&u, 1, 5), 0);
    slot = kit_slot(&u, 1);
    ck_assert_uint_eq(slot->turn >> 32, 0);
}

static struct te_slot_copy *counting(void)
{
    return &slot->copy[slot->turn & 1];
}

static struct te_slot_copy *other(void)
{
    return &slot->copy[~slot->turn & 1];
}

/* The next change waits for no more than two seconds, on any machine, and all is well again. */
static void expect_usable(int value)
{
    uint64_t start = kit_now_us();

    ck_assert_int_eq(kit_bump(&u, 1), 0);
    ck_assert_uint_lt(kit_now_us() - start, 2000000);
    ck_assert_int_eq(kit_get(&u, 1), value + 1);
    ck_assert_uint_eq(slot->turn >> 32, 0);
    ck_assert_uint_eq(slot->key.cookie, 1);
    ck_assert_int_eq(kit_set(&u, 1, 3), 0);
    ck_assert_int_eq(kit_get_anew(u.dir, 1), 3);
    kit_done(&u);
}

START_TEST(killed_with_the_lock)
{
    uint64_t start;

    begin();
    slot->turn |= NAME;
    start = kit_now_us();
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(kit_get(&u, 1), 5);
    ck_assert_uint_lt(kit_now_us() - start, 100000);
    expect_usable(5);
}
END_TEST

START_TEST(killed_while_copying)
{
    for (size_t done = 0; done < sizeof(struct te_entry); done += 41) {
        begin();
        slot->turn |= NAME;
        memset(&other()->entry, 0x5a, done);
        ck_assert_int_eq(kit_get(&u, 1), 5);
        if (done % 5)
            kit_done(&u);
        else
            expect_usable(5);
    }
}
END_TEST

START_TEST(killed_before_it_counts)
{
    struct te_slot_copy whole;

    begin();
    /* The copy that is to count next, as its writer makes it. */
    ck_assert_int_eq(kit_set(&u, 1, 6), 0);
    whole = *counting();
    slot->turn = (slot->turn - 1) | NAME;
    ck_assert_mem_eq(other(), &whole, sizeof(whole));
    ck_assert_int_eq(kit_get(&u, 1), 5);
    expect_usable(5);
}
END_TEST

START_TEST(killed_while_it_takes_over_a_dead_connections_slot)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_conn c;

    begin();
    kit_conn(&c, 1);
    c.ident.cookie = 2;
    kit_fill(&entry, 9);
    ck_assert_int_eq(te_memory_add(&u.memory, &c.ident, &entry, NULL, NULL), 0);
    /* The cookie is what is stored last. */
    slot->key.cookie = 1;
    ck_assert_int_eq(kit_get(&u, 1), 5);
    ck_assert(!te_memory_read(&u.memory, &c.ident, &entry, &ref));
    kit_fill(&entry, 10);
    ck_assert_int_eq(te_memory_add(&u.memory, &c.ident, &entry, NULL, NULL), 0);
    ck_assert(te_memory_read(&u.memory, &c.ident, &entry, &ref));
    ck_assert_uint_eq(entry.enabled, 10);
    kit_done(&u);
}
END_TEST

START_TEST(an_entry_read_of_one_connection_is_not_written_to_another)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_conn c;

    begin();
    ck_assert(te_memory_read(&u.memory, kit_conn(&c, 1), &entry, &ref));
    /* As if another one came on these addresses, between reading and writing, with as many turns.
     */
    slot->key.cookie = 2;
    ck_assert_int_eq(te_memory_write(&u.memory, &ref, &entry), -EAGAIN);
    ck_assert_uint_eq(slot->turn >> 32, 0);
    kit_done(&u);
}
END_TEST

/* What a writer of turn `turn` would put into its copy, after it was stopped for long. */
static void write_late(uint32_t turn, uint32_t value)
{
    struct te_slot_copy *copy = &slot->copy[turn & 1];
    struct te_table table = te_table_of(&u.memory);
    struct te_entry_ref ref = te_table_ref(&table, (uint32_t)(slot - table.slot));

    kit_fill(&copy->entry, value);
    copy->checksum = te_sum(ref.seed + turn, &copy->entry, sizeof(copy->entry));
}

START_TEST(what_a_stopped_writer_writes_late_does_not_count)
{
    uint32_t turn;

    begin();
    turn = (uint32_t)slot->turn;
    /* Stopped with the lock; others go on, by an even number of turns and by an odd one. */
    for (uint32_t more = 2; more < 8; more++) {
        slot->turn |= NAME;
        for (uint32_t i = 0; i < more; i++)
            ck_assert_int_eq(kit_set(&u, 1, 100 + i), 0);
        write_late(turn + 1, 7777);
        /* It hit the copy before the one that counts, or that itself: then the one before does. */
        ck_assert_int_ge(kit_get(&u, 1), 100 + (int)more - 2);
        ck_assert_int_le(kit_get(&u, 1), 100 + (int)more - 1);
        ck_assert_int_eq(kit_get_anew(u.dir, 1), kit_get(&u, 1));
        turn = (uint32_t)slot->turn;
    }
    expect_usable(kit_get(&u, 1));
}
END_TEST

START_TEST(a_slow_writer_is_not_robbed_by_those_in_a_hurry)
{
    uint64_t start;
    pid_t pid;

    /* Under valgrind it is slower than anybody's patience. */
    if (getenv("SLOW_TOOL"))
        return;
    begin();
    slot->turn |= NAME;
    pid = suite_fork();
    if (!pid) {
        usleep(1000);
        write_late((uint32_t)slot->turn + 1, 6);
        __atomic_store_n(&slot->turn, (uint64_t)(uint32_t)slot->turn + 1, __ATOMIC_RELEASE);
        _exit(0);
    }
    start = kit_now_us();
    ck_assert_int_eq(kit_bump(&u, 1), 0);
    ck_assert_uint_lt(kit_now_us() - start, 2000000);
    ck_assert_int_eq(kit_wait(pid), 0);
    ck_assert_int_eq(kit_get(&u, 1), 7);
    kit_done(&u);
}
END_TEST

START_TEST(every_byte_of_a_copy_counts_and_the_one_before_is_used_then)
{
    begin();
    for (size_t i = 0; i < sizeof(struct te_slot_copy); i++) {
        uint8_t *byte = (uint8_t *)counting() + i;

        *byte ^= 0x10;
        ck_assert_int_eq(kit_get(&u, 1), 4);
        *byte ^= 0x10;
    }
    ck_assert_int_eq(kit_get(&u, 1), 5);
    counting()->entry.enabled ^= 1;
    expect_usable(4);
}
END_TEST

START_TEST(two_damaged_copies_are_off_and_used_again)
{
    begin();
    counting()->entry.track.last_ns ^= 1;
    other()->entry.track.last_ns ^= 1;
    ck_assert_int_eq(kit_get(&u, 1), 0);
    ck_assert_int_eq(kit_get_anew(u.dir, 1), 0);
    expect_usable(0);
}
END_TEST

START_TEST(every_byte_of_a_key_counts)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_conn c;

    for (size_t i = 0; i < offsetof(struct te_slot_key, reserved); i++) {
        uint8_t *byte;

        begin();
        byte = (uint8_t *)&slot->key + i;
        *byte ^= 0x10;
        ck_assert_int_eq(kit_get(&u, 1), 0);
        /* By the addresses that it has by now it is nobody's. */
        kit_conn(&c, 1);
        c.tuple = slot->key.tuple;
        c.ident = (struct te_ident){0, slot->key.netns, &c.tuple, slot->key.ifindex};
        ck_assert(!te_memory_read(&u.memory, &c.ident, &entry, &ref));
        /* And it does not hide what is put there anew. */
        ck_assert_int_eq(kit_set(&u, 1, 9), 0);
        ck_assert_int_eq(kit_get(&u, 1), 9);
        kit_done(&u);
    }
}
END_TEST

START_TEST(a_slot_of_another_place_or_file_is_not_believed)
{
    struct te_table table;
    struct te_slot copy;

    begin();
    copy = *slot;
    table = te_table_of(&u.memory);
    /* One slot further, the connection's own one being somebody else's. */
    table.slot[(slot - table.slot + 1) % table.slots] = copy;
    slot->key.cookie = 99;
    ck_assert_int_eq(kit_get(&u, 1), 0);
    kit_done(&u);
    /* The same place in another file. */
    begin();
    *slot = copy;
    ck_assert_int_eq(kit_get(&u, 1), 0);
    expect_usable(0);
}
END_TEST

START_TEST(noise_in_all_slots)
{
    begin();
    for (int i = 0; i < 3; i++) {
        struct te_table table = te_table_of(&u.memory);
        uint8_t *bytes = (uint8_t *)table.slot;

        for (size_t at = 0; at < table.slots * sizeof(struct te_slot); at++)
            bytes[at] = (uint8_t)random_below(256);
        ck_assert_int_eq(kit_get(&u, 1), 0);
        ck_assert_int_eq(kit_set(&u, 1, 12), 0);
        ck_assert_int_eq(kit_get_anew(u.dir, 1), 12);
        ck_assert_int_eq(kit_count_names(u.dir), 1);
    }
    kit_done(&u);
}
END_TEST

SUITE("torn entries of the memory", 60, killed_with_the_lock, killed_while_copying,
      killed_before_it_counts, killed_while_it_takes_over_a_dead_connections_slot,
      an_entry_read_of_one_connection_is_not_written_to_another,
      what_a_stopped_writer_writes_late_does_not_count,
      a_slow_writer_is_not_robbed_by_those_in_a_hurry,
      every_byte_of_a_copy_counts_and_the_one_before_is_used_then,
      two_damaged_copies_are_off_and_used_again, every_byte_of_a_key_counts,
      a_slot_of_another_place_or_file_is_not_believed, noise_in_all_slots)
