/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file of what is remembered: shared, private, valid for one boot, and never half written. */
#include <stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "scratch.h"
#include "store.h"

static struct lk_record record(uint64_t number)
{
    struct lk_record made = {.netns = 9, .identity = number, .index = (uint32_t)number};

    made.touched_ns = number;
    for (unsigned i = 0; i < LK_COUNTERS; i++)
        made.base[i] = number * 100 + i;
    return made;
}

static bool is_whole(const struct lk_record *found)
{
    struct lk_record expected = record(found->identity);

    return !memcmp(found, &expected, sizeof(expected));
}

static int put_one(struct lk_table *table, void *arg)
{
    struct lk_record one = record(*(uint64_t *)arg);

    return lk_table_put(table, &one);
}

static int put(const char *dir, uint64_t number)
{
    return lk_store_change(dir, put_one, &number);
}

/* How many records are in the file; all are whole. */
static uint32_t count(const char *dir)
{
    struct lk_table table;
    uint32_t found;

    ck_assert_int_eq(lk_store_read(dir, &table), 0);
    found = table.count;
    for (uint32_t i = 0; i < found; i++)
        ck_assert(is_whole(&table.record[i]));
    lk_table_free(&table);
    return found;
}

START_TEST(what_is_written_is_read)
{
    const char *dir = kit_fresh();
    struct stat sb;

    ck_assert_uint_eq(count(dir), 0);
    ck_assert_int_eq(put(dir, 1), 0);
    ck_assert_int_eq(put(dir, 2), 0);
    ck_assert_int_eq(put(dir, 1), 0); /* the same again */
    ck_assert_uint_eq(count(dir), 2);
    ck_assert_int_eq(stat(kit_path(dir, LK_STORE_FILE), &sb), 0);
    ck_assert_uint_eq(sb.st_mode & 07777, 0600);
    ck_assert_int_eq(kit_count_names(dir), 1);
}
END_TEST

START_TEST(records_go_by_namespace_identity_and_index)
{
    struct lk_record one = record(5);
    struct lk_table table = {NULL, 0};
    struct lk_link link = {.identity = 5, .index = 5};

    ck_assert_int_eq(lk_table_put(&table, &one), 0);
    ck_assert_ptr_nonnull(lk_table_find(&table, 9, &link));
    ck_assert_ptr_null(lk_table_find(&table, 8, &link));
    link.identity = 6;
    ck_assert_ptr_null(lk_table_find(&table, 9, &link));
    link.identity = 5;
    link.index = 6;
    ck_assert_ptr_null(lk_table_find(&table, 9, &link));
    lk_table_free(&table);
}
END_TEST

START_TEST(a_full_table_loses_what_was_untouched_for_longest)
{
    struct lk_table table = {NULL, 0};
    struct lk_link link = {.identity = 10, .index = 10};

    for (uint64_t i = 0; i < LK_STORE_MAX; i++) {
        struct lk_record one = record(10 + i);

        ck_assert_int_eq(lk_table_put(&table, &one), 0);
    }
    ck_assert_ptr_nonnull(lk_table_find(&table, 9, &link));
    ck_assert_int_eq(lk_table_put(&table, &(struct lk_record){.netns = 9, .identity = 3}), 0);
    ck_assert_uint_eq(table.count, LK_STORE_MAX);
    ck_assert_ptr_null(lk_table_find(&table, 9, &link));
    link.identity = link.index = 11;
    ck_assert_ptr_nonnull(lk_table_find(&table, 9, &link));
    lk_table_free(&table);
}
END_TEST

static size_t slurp(const char *dir, uint8_t *bytes, size_t room)
{
    FILE *file = fopen(kit_path(dir, LK_STORE_FILE), "rbe");
    size_t size;

    ck_assert_ptr_nonnull(file);
    size = fread(bytes, 1, room, file);
    fclose(file);
    return size;
}

static void spill(const char *dir, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(kit_path(dir, LK_STORE_FILE), "wbe");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

START_TEST(a_damaged_file_counts_as_none_and_is_replaced)
{
    const char *dir = kit_fresh();
    uint8_t good[1024], bad[1025];
    size_t size;

    ck_assert_int_eq(put(dir, 1), 0);
    ck_assert_int_eq(put(dir, 2), 0);
    size = slurp(dir, good, sizeof(good));
    for (size_t i = 0; i < size; i++) {
        memcpy(bad, good, size);
        bad[i] ^= 0x10;
        spill(dir, bad, size);
        ck_assert_uint_eq(count(dir), 0);
    }
    for (size_t shorter = 0; shorter < size; shorter += 7) {
        spill(dir, good, shorter);
        ck_assert_uint_eq(count(dir), 0);
    }
    memcpy(bad, good, size);
    bad[size] = 0;
    spill(dir, bad, size + 1);
    ck_assert_uint_eq(count(dir), 0);
    ck_assert_int_eq(put(dir, 3), 0);
    ck_assert_uint_eq(count(dir), 1);
}
END_TEST

START_TEST(another_boots_file_counts_as_none)
{
    const char *dir = kit_fresh();
    uint8_t bytes[1024];
    uint64_t boot[2];
    struct lk_table table;
    size_t size;

    ck_assert_int_eq(put(dir, 1), 0);
    size = slurp(dir, bytes, sizeof(bytes));
    ck_assert_int_eq(te_boot_id(boot), 0);
    ck_assert_int_eq(lk_store_parse(bytes, size, boot, &table), 0);
    lk_table_free(&table);
    boot[1] ^= 1;
    ck_assert_int_eq(lk_store_parse(bytes, size, boot, &table), -EBADMSG);
}
END_TEST

/* Somebody's attempts at having us read or write what is not ours. */
START_TEST(no_file_but_a_private_one_is_used)
{
    const char *dir = kit_fresh();
    char path[256], other[256];
    struct stat sb;

    ck_assert_int_eq(put(dir, 1), 0);
    strcpy(path, kit_path(dir, LK_STORE_FILE));
    strcpy(other, kit_path(dir, "other"));
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_uint_eq(count(dir), 0);
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_uint_eq(count(dir), 1);
    ck_assert_int_eq(link(path, other), 0);
    ck_assert_uint_eq(count(dir), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("other", path), 0);
    ck_assert_uint_eq(count(dir), 0);
    ck_assert_int_eq(put(dir, 2), 0);
    ck_assert_int_eq(lstat(path, &sb), 0);
    ck_assert(S_ISREG(sb.st_mode));
    ck_assert_uint_eq(count(dir), 1);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_uint_eq(count(dir), 0);
    ck_assert_int_eq(put(dir, 3), 0);
    ck_assert_uint_eq(count(dir), 1);
}
END_TEST

START_TEST(what_a_dead_writer_left_is_in_nobodys_way)
{
    const char *dir = kit_fresh();

    ck_assert_int_eq(put(dir, 1), 0);
    ck_assert_int_eq(symlink("/etc/passwd", kit_path(dir, LK_STORE_FILE ".new")), 0);
    ck_assert_int_eq(put(dir, 2), 0);
    ck_assert_uint_eq(count(dir), 2);
    ck_assert_int_eq(kit_count_names(dir), 1);
}
END_TEST

START_TEST(writers_in_many_processes_lose_nothing)
{
    enum { WRITERS = 4, EACH = 40 };
    const char *dir = kit_fresh();
    pid_t pid[WRITERS];

    for (unsigned w = 0; w < WRITERS; w++) {
        pid[w] = suite_fork();
        if (pid[w])
            continue;
        for (uint64_t i = 0; i < EACH; i++) {
            uint64_t number = 1000 * (w + 1) + i;
            int rc;

            while ((rc = put(dir, number)) == -EBUSY)
                ;
            if (rc)
                _exit(1);
        }
        _exit(0);
    }
    for (unsigned w = 0; w < WRITERS; w++) {
        count(dir);
        ck_assert_int_eq(kit_wait(pid[w]), 0);
    }
    ck_assert_uint_eq(count(dir), WRITERS * EACH);
}
END_TEST

START_TEST(a_writer_killed_at_any_moment_leaves_the_old_or_the_new)
{
    const char *dir = kit_fresh();
    uint64_t seed = kit_now_us();
    uint32_t before = 1;

    /* Under valgrind no writer gets anywhere before it is killed. */
    if (getenv("SLOW_TOOL"))
        return;
    printf("seed %llu\n", (unsigned long long)seed);
    ck_assert_int_eq(put(dir, 1), 0);
    for (unsigned i = 0; i < 60 || (before == 1 && i < 6000); i++) {
        pid_t pid = suite_fork();
        uint32_t now;

        if (!pid) {
            for (uint64_t n = 0;; n++)
                if (put(dir, 1 + (i * 100000 + n) % 50))
                    _exit(1);
        }
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        usleep((useconds_t)(seed >> 33) % 3000);
        kill(pid, SIGKILL);
        ck_assert_int_eq(kit_wait(pid), 128 + SIGKILL);
        now = count(dir);
        ck_assert_uint_ge(now, before);
        before = now;
    }
    ck_assert_uint_gt(before, 1);
}
END_TEST

START_TEST(a_full_disk_is_said_and_the_old_file_stays)
{
    const char *dir = kit_fresh();
    struct rlimit limit = {100, 100};
    struct sigaction action;
    pid_t pid;

    ck_assert_int_eq(put(dir, 1), 0);
    pid = suite_fork();
    if (!pid) {
        setrlimit(RLIMIT_FSIZE, &limit);
        /* nothing about the signal that goes with it */
        sigaction(SIGXFSZ, NULL, &action);
        _exit(put(dir, 2) == -ENOSPC && action.sa_handler == SIG_DFL ? 0 : 1);
    }
    ck_assert_int_eq(kit_wait(pid), 0);
    ck_assert_uint_eq(count(dir), 1);
    ck_assert_int_eq(kit_count_names(dir), 1);
}
END_TEST

SUITE("link store", 60, what_is_written_is_read, records_go_by_namespace_identity_and_index,
      a_full_table_loses_what_was_untouched_for_longest,
      a_damaged_file_counts_as_none_and_is_replaced, another_boots_file_counts_as_none,
      no_file_but_a_private_one_is_used, what_a_dead_writer_left_is_in_nobodys_way,
      writers_in_many_processes_lose_nothing,
      a_writer_killed_at_any_moment_leaves_the_old_or_the_new,
      a_full_disk_is_said_and_the_old_file_stays)
