/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shared state as its callers see it, with nothing going wrong. */
#include <pthread.h>

#include "state-kit.h"

START_TEST(nothing_is_enabled_where_there_is_no_file)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct te_ident ident = kit_ident(1);
    struct te_entry entry;
    struct stat sb;

    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(te_state_read(&st, dir, &ident, &entry), -ENOENT);
    ck_assert_int_eq(te_state_update(&st, dir, &ident, false, kit_apply_bump, NULL, NULL, NULL),
                     -ENOENT);
    ck_assert_msg(stat(kit_path(dir, ""), &sb) && errno == ENOENT, "reading made something");
    te_state_close(&st);
}
END_TEST

START_TEST(what_one_process_sets_another_reads_at_once)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    int to[2], from[2];
    uint32_t value;
    pid_t pid;

    ck_assert_int_eq(pipe(to) | pipe(from), 0);
    pid = kit_fork();
    if (!pid) {
        struct te_state own = TE_STATE_INIT;

        while (read(to[0], &value, sizeof(value)) == sizeof(value) && value) {
            int rc = kit_set(&own, dir, 7, value);

            if (write(from[1], &rc, sizeof(rc)) != sizeof(rc))
                break;
        }
        _exit(0);
    }
    /* From before there is a file, so that its appearance is noticed at once too. */
    ck_assert_int_eq(kit_get(&st, dir, 7), 0);
    for (value = 1; value <= 500; value++) {
        int rc;

        ck_assert_int_eq(write(to[1], &value, sizeof(value)), sizeof(value));
        ck_assert_int_eq(read(from[0], &rc, sizeof(rc)), sizeof(rc));
        ck_assert_int_eq(rc, 0);
        ck_assert_int_eq(kit_get(&st, dir, 7), value);
    }
    value = 0;
    ck_assert_int_eq(write(to[1], &value, sizeof(value)), sizeof(value));
    ck_assert_int_eq(kit_wait(pid), 0);
    ck_assert_int_eq(kit_get(&st, dir, 7), 500);
    ck_assert_int_eq(kit_get_anew(dir, 7), 500);
    te_state_close(&st);
}
END_TEST

START_TEST(a_missing_record_is_made_only_when_asked_for)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct te_ident ident = kit_ident(5), nobody = {1, 0};
    struct te_entry entry;
    uint32_t value = 3;

    ck_assert_int_eq(kit_set(&st, dir, 5, 1), 0);
    ck_assert_int_eq(te_state_update(&st, dir, &ident, false, kit_apply_set, &value, NULL, NULL),
                     0);
    ck_assert_int_eq(kit_get(&st, dir, 5), 3);
    ident.cookie = 6;
    ck_assert_int_eq(te_state_update(&st, dir, &ident, false, kit_apply_set, &value, NULL, NULL),
                     -ENOENT);
    ck_assert_int_eq(kit_get(&st, dir, 6), 0);
    ck_assert_int_eq(te_state_update(&st, dir, &nobody, true, kit_apply_set, &value, NULL, NULL),
                     -EINVAL);
    ck_assert_int_eq(te_state_read(&st, dir, &nobody, &entry), -ENOENT);
    te_state_close(&st);
}
END_TEST

static int decline(struct te_entry *entry, bool existed, void *arg)
{
    (void)existed;
    kit_fill(entry, 99);
    return *(int *)arg;
}

START_TEST(what_a_change_declines_is_not_written)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct te_ident known = kit_ident(5), unknown = kit_ident(6);
    const int answers[] = {0, -ENOMEM};

    ck_assert_int_eq(kit_set(&st, dir, 5, 1), 0);
    for (int i = 0; i < 2; i++) {
        int answer = answers[i];

        ck_assert_int_eq(te_state_update(&st, dir, &known, true, decline, &answer, NULL, NULL),
                         answer);
        ck_assert_int_eq(te_state_update(&st, dir, &unknown, true, decline, &answer, NULL, NULL),
                         answer);
        ck_assert_int_eq(kit_get(&st, dir, 5), 1);
        ck_assert_int_eq(kit_get(&st, dir, 6), 0);
    }
    te_state_close(&st);
}
END_TEST

START_TEST(netns_and_cookie_both_name_a_record)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct te_ident idents[] = {{1, 2}, {2, 1}, {1, 1}, {2, 2}, {0, 1}, {UINT64_MAX, UINT64_MAX}};
    struct te_entry entry;

    for (uint32_t i = 0; i < 6; i++)
        ck_assert_int_eq(
            te_state_update(&st, dir, &idents[i], true, kit_apply_set, &(uint32_t){i}, NULL, NULL),
            0);
    for (uint32_t i = 0; i < 6; i++) {
        ck_assert_int_eq(te_state_read(&st, dir, &idents[i], &entry), 0);
        ck_assert_uint_eq(entry.enabled, i);
    }
    te_state_close(&st);
}
END_TEST

START_TEST(ten_thousand_connections_are_kept_apart)
{
    enum { COUNT = 10000 };
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT, other = TE_STATE_INIT;
    struct stat sb;

    ck_assert_int_eq(kit_get(&other, dir, 1), 0);
    for (int i = 1; i <= COUNT; i++)
        ck_assert_int_eq(kit_set(&st, dir, (uint64_t)i, (uint32_t)i), 0);
    /* Through one that was opened before, and through all of the file's replacements. */
    for (int i = 1; i <= COUNT; i++)
        ck_assert_int_eq(kit_get(&other, dir, (uint64_t)i), i);
    for (int i = COUNT + 1; i <= 2 * COUNT; i++)
        ck_assert_int_eq(kit_get(&other, dir, (uint64_t)i), 0);
    ck_assert_int_eq(stat(kit_file(dir), &sb), 0);
    ck_assert_msg(sb.st_size <= COUNT * 2048, "%ld bytes a record", sb.st_size / COUNT);
    ck_assert_int_eq(kit_count_names(dir), 1);
    te_state_close(&st);
    te_state_close(&other);
}
END_TEST

START_TEST(a_few_connections_need_64_kib_all_of_it_allocated)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct stat sb;

    for (uint64_t i = 1; i <= 20; i++)
        ck_assert_int_eq(kit_set(&st, dir, i, 1), 0);
    ck_assert_int_eq(stat(kit_file(dir), &sb), 0);
    ck_assert_int_eq(sb.st_size, 65536);
    ck_assert_int_ge(sb.st_blocks * 512, sb.st_size);
    ck_assert_int_eq(sb.st_mode, S_IFREG | 0600);
    ck_assert_int_eq(stat(kit_path(dir, ""), &sb), 0);
    ck_assert_int_eq(sb.st_mode & 0777, 0700);
    te_state_close(&st);
}
END_TEST

/* Odd cookies are dead, even ones alive; what cannot be told is a multiple of ten. */
static int by_cookie(void *arg, const struct te_ident *ident, const struct te_entry *entry)
{
    (void)entry;
    (*(int *)arg)++;
    return ident->cookie % 10 == 0 ? -EAGAIN : ident->cookie % 2 == 0;
}

START_TEST(the_dead_make_room_for_the_living)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct te_ident foreign = {77, 33};
    uint32_t one = 1, pages = 0;
    struct te_entry entry;
    int asked = 0, gone = 0;

    ck_assert_int_eq(
        te_state_update(&st, dir, &foreign, true, kit_apply_set, &one, by_cookie, &asked), 0);
    for (uint64_t i = 1; i <= 3000; i++) {
        struct te_ident ident = kit_ident(i);

        ck_assert_int_eq(
            te_state_update(&st, dir, &ident, true, kit_apply_set, &one, by_cookie, &asked), 0);
        /* The one just made is alive, whatever by_cookie() would have said later. */
        ck_assert_int_eq(kit_get(&st, dir, i), 1);
        pages = st.pages;
    }
    ck_assert_int_gt(asked, 0);
    for (uint64_t i = 1; i <= 3000; i++) {
        int value = kit_get(&st, dir, i);

        if (i % 2 == 0)
            ck_assert_msg(value == 1, "connection %lu was alive", (unsigned long)i);
        gone += value == 0;
    }
    ck_assert_int_gt(gone, 500);
    ck_assert_uint_le(pages, 1024);
    ck_assert_int_eq(te_state_read(&st, dir, &foreign, &entry), 0);
    te_state_close(&st);
}
END_TEST

START_TEST(a_file_full_of_the_dead_does_not_grow)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    uint32_t one = 1;

    for (uint64_t i = 1; i <= 5000; i++) {
        struct te_ident ident = kit_ident(i);

        ck_assert_int_eq(
            te_state_update(&st, dir, &ident, true, kit_apply_set, &one, kit_none_alive, NULL), 0);
        ck_assert_int_eq(kit_get(&st, dir, i), 1);
    }
    ck_assert_uint_eq(st.pages, TE_PAGES_MIN);
    te_state_close(&st);
}
END_TEST

static int set_tuple(struct te_entry *entry, bool existed, void *arg)
{
    (void)existed;
    kit_fill(entry, 1);
    entry->tuple.family = 2;
    entry->tuple.local_port = 4000;
    entry->tuple.remote_port = *(uint16_t *)arg;
    return 1;
}

START_TEST(a_new_connection_on_an_old_tuple_starts_with_nothing)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct te_ident ident = {1, 1};
    struct te_entry entry;
    uint16_t port = 80;

    ck_assert_int_eq(te_state_update(&st, dir, &ident, true, set_tuple, &port, NULL, NULL), 0);
    ident.cookie = 2;
    ck_assert_int_eq(te_state_read(&st, dir, &ident, &entry), -ENOENT);
    te_state_close(&st);
}
END_TEST

START_TEST(of_two_records_with_one_tuple_the_older_is_given_up)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    uint16_t port = 80;
    struct te_entry entry;
    int left = 0;

    /* Nobody can tell whether these live, and yet they do not pile up. */
    for (uint64_t i = 1; i <= 2000; i++) {
        struct te_ident ident = {1, i};

        ck_assert_int_eq(te_state_update(&st, dir, &ident, true, set_tuple, &port, NULL, NULL), 0);
        ck_assert_int_eq(te_state_read(&st, dir, &ident, &entry), 0);
    }
    for (uint64_t i = 1; i <= 2000; i++) {
        struct te_ident ident = {1, i};

        left += te_state_read(&st, dir, &ident, &entry) == 0;
    }
    ck_assert_int_lt(left, 150);
    ck_assert_uint_eq(st.pages, TE_PAGES_MIN);
    te_state_close(&st);
}
END_TEST

static void *bump_in_thread(void *arg)
{
    struct te_state st = TE_STATE_INIT;
    const char *dir = arg;

    for (int i = 0; i < 1500; i++)
        if (kit_bump(&st, dir, 1 + (uint64_t)i % 3))
            return arg;
    te_state_close(&st);
    return NULL;
}

START_TEST(threads_with_a_state_each_exclude_each_other)
{
    const char *dir = kit_fresh();
    pthread_t threads[4];
    void *failed;

    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, bump_in_thread, (void *)dir), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    for (uint64_t i = 1; i <= 3; i++)
        ck_assert_int_eq(kit_get_anew(dir, i), 2000);
}
END_TEST

START_TEST(a_child_that_closes_its_copy_leaves_the_parents_usable)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    pid_t pid;
    int fd;

    ck_assert_int_eq(kit_set(&st, dir, 1, 5), 0);
    fd = st.fd;
    pid = kit_fork();
    if (!pid) {
        te_state_close(&st);
        _exit(fcntl(fd, F_GETFD) != -1 || kit_set(&st, dir, 1, 6));
    }
    ck_assert_int_eq(kit_wait(pid), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 6);
    ck_assert_int_eq(st.fd, fd);
    ck_assert_int_eq(kit_set(&st, dir, 1, 7), 0);
    te_state_close(&st);
}
END_TEST

static int note_mask(struct te_entry *entry, bool existed, void *arg)
{
    sigset_t mask;

    (void)entry, (void)existed;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    *(bool *)arg = sigismember(&mask, SIGTERM) && sigismember(&mask, SIGQUIT) &&
                   sigismember(&mask, SIGUSR1);
    return 0;
}

START_TEST(a_change_runs_with_signals_blocked_and_puts_the_mask_back)
{
    const char *dir = kit_fresh();
    struct te_state st = TE_STATE_INIT;
    struct te_ident ident = kit_ident(1);
    sigset_t before, after;
    bool blocked = false;

    sigemptyset(&before);
    sigaddset(&before, SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    ck_assert_int_eq(te_state_update(&st, dir, &ident, true, note_mask, &blocked, NULL, NULL), 0);
    ck_assert(blocked);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    for (int i = 1; i < 32; i++)
        ck_assert_int_eq(sigismember(&after, i), i == SIGUSR2);
    te_state_close(&st);
}
END_TEST

START_TEST(the_checksum_is_the_same_on_every_machine)
{
    uint8_t bytes[64];

    for (int i = 0; i < 64; i++)
        bytes[i] = (uint8_t)(i * 37 + (i >> 3));
    ck_assert_uint_eq(te_sum(1, bytes, 64), 0x85d498f01fd51a6du);
    for (int bit = 0; bit < 512; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_uint_ne(te_sum(1, bytes, 64), 0x85d498f01fd51a6du);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ck_assert_uint_ne(te_sum(1, bytes, 56), te_sum(1, bytes, 64));
}
END_TEST

SUITE("shared state", 60, nothing_is_enabled_where_there_is_no_file,
      what_one_process_sets_another_reads_at_once, a_missing_record_is_made_only_when_asked_for,
      what_a_change_declines_is_not_written, netns_and_cookie_both_name_a_record,
      ten_thousand_connections_are_kept_apart, a_few_connections_need_64_kib_all_of_it_allocated,
      the_dead_make_room_for_the_living, a_file_full_of_the_dead_does_not_grow,
      a_new_connection_on_an_old_tuple_starts_with_nothing,
      of_two_records_with_one_tuple_the_older_is_given_up,
      threads_with_a_state_each_exclude_each_other,
      a_child_that_closes_its_copy_leaves_the_parents_usable,
      a_change_runs_with_signals_blocked_and_puts_the_mask_back,
      the_checksum_is_the_same_on_every_machine)
