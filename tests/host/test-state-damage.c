/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared state when somebody removes, replaces or opens up the file, also while it is in use:
 * never a crash, a hang or a wrong answer; it reads as off, and the next change works.
 */
#include "state-tamper.h"

START_TEST(an_unlinked_file)
{
    begin();
    ck_assert_int_eq(unlink(kit_file(dir)), 0);
    expect_off_then_usable();
}
END_TEST

START_TEST(a_removed_directory)
{
    begin();
    ck_assert_int_eq(unlink(kit_file(dir)), 0);
    ck_assert_int_eq(rmdir(kit_path(dir, "")), 0);
    expect_off_then_usable();
}
END_TEST

START_TEST(a_file_truncated)
{
    const off_t sizes[] = {0, 1, 100, 4096, 5000, 32768, 65535, 65537, 1 << 20};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        begin();
        ck_assert_int_eq(truncate(kit_file(dir), sizes[i]), 0);
        expect_off_then_usable();
    }
}
END_TEST

START_TEST(an_empty_file_renamed_over_it)
{
    int fd;

    begin();
    fd = open(spare_name("empty"), O_CREAT | O_WRONLY, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert_int_eq(rename(spare_name("empty"), kit_file(dir)), 0);
    expect_off_then_usable();
}
END_TEST

START_TEST(a_symbolic_link_in_its_place)
{
    struct stat sb;
    char other[256], own[256];

    begin();
    /* To a state file that would be valid. */
    strcpy(own, kit_file(dir));
    strcpy(other, spare_name("moved"));
    ck_assert_int_eq(rename(own, other), 0);
    ck_assert_int_eq(symlink(other, own), 0);
    te_state_close(&st);
    expect_off_then_usable();
    ck_assert_int_eq(lstat(other, &sb), 0);
    ck_assert_int_eq(sb.st_size, 65536);
}
END_TEST

START_TEST(a_fifo_in_its_place)
{
    begin();
    ck_assert_int_eq(unlink(kit_file(dir)), 0);
    ck_assert_int_eq(mkfifo(kit_file(dir), 0600), 0);
    expect_off_then_usable();
}
END_TEST

START_TEST(an_empty_directory_in_its_place)
{
    begin();
    ck_assert_int_eq(unlink(kit_file(dir)), 0);
    ck_assert_int_eq(mkdir(kit_file(dir), 0700), 0);
    expect_off_then_usable();
    ck_assert_int_eq(kit_count_names(dir), 1);
}
END_TEST

START_TEST(a_directory_with_files_in_its_place)
{
    char inside[300];

    begin();
    ck_assert_int_eq(unlink(kit_file(dir)), 0);
    ck_assert_int_eq(mkdir(kit_file(dir), 0700), 0);
    snprintf(inside, sizeof(inside), "%s/x", kit_file(dir));
    ck_assert_int_eq(mkdir(inside, 0700), 0);
    expect_off_then_usable();
    ck_assert_int_eq(kit_count_names(dir), 2);
}
END_TEST

START_TEST(leftovers_of_a_killed_builder)
{
    const char *name = TE_STATE_FILE ".new";

    begin();
    for (int kind = 0; kind < 4; kind++) {
        ck_assert_int_eq(unlink(kit_file(dir)), 0);
        if (kind == 0)
            ck_assert_int_eq(close(open(kit_path(dir, name), O_CREAT | O_WRONLY, 0600)), 0);
        else if (kind == 1)
            ck_assert_int_eq(mkdir(kit_path(dir, name), 0700), 0);
        else if (kind == 2)
            ck_assert_int_eq(mkfifo(kit_path(dir, name), 0600), 0);
        else
            ck_assert_int_eq(symlink("/etc/passwd", kit_path(dir, name)), 0);
        ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
        ck_assert_int_eq(kit_get_anew(dir, 1), 12);
        ck_assert_int_eq(kit_count_names(dir), 1);
    }
    te_state_close(&st);
}
END_TEST

START_TEST(a_second_hard_link)
{
    begin();
    ck_assert_int_eq(link(kit_file(dir), spare_name("link")), 0);
    expect_off_then_usable();
}
END_TEST

START_TEST(a_mode_that_lets_others_in)
{
    const mode_t modes[] = {0640, 0604, 0660, 0606, 0610, 0601, 0777};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        begin();
        ck_assert_int_eq(chmod(kit_file(dir), modes[i]), 0);
        expect_off_then_usable();
    }
}
END_TEST

START_TEST(another_owner)
{
    begin();
    if (chown(kit_file(dir), 4321, (gid_t)-1)) {
        printf("SKIP: another owner of the state file: not permitted to chown\n");
        te_state_close(&st);
        return;
    }
    te_state_close(&st);
    expect_off_then_usable();
}
END_TEST

START_TEST(a_file_moved_away_is_given_up_within_a_second)
{
    uint64_t until = kit_now_us() + 1500000;

    begin();
    ck_assert_int_eq(rename(kit_file(dir), spare_name("away")), 0);
    while (kit_get(&st, dir, 1) && kit_now_us() < until)
        usleep(10000);
    expect_off_then_usable();
}
END_TEST

START_TEST(a_header_damaged_while_in_use_is_noticed_within_a_second)
{
    uint64_t until = kit_now_us() + 1500000;

    begin();
    overwrite(20, "noise", 5);
    while (kit_get(&st, dir, 1) && kit_now_us() < until)
        usleep(10000);
    expect_off_then_usable();
}
END_TEST

/*
 * A child that uses the file without pause, while its parent does something to it. Only such
 * answers are right as somebody has set; only such errors as an emergency may have.
 */
static pid_t start_user(volatile int *stop, volatile uint64_t *slowest)
{
    pid_t pid = kit_fork();

    if (pid)
        return pid;
    st = (struct te_state)TE_STATE_INIT;
    for (uint32_t i = 1; !*stop; i++) {
        uint64_t cookie = 1 + i % 50, start = kit_now_us(), took;
        struct te_ident ident = kit_ident(cookie);
        struct te_entry entry;
        int rc = kit_set(&st, dir, cookie, i);

        if (rc && rc != -EBUSY)
            _exit(10);
        rc = te_state_read(&st, dir, &ident, &entry);
        if (rc && rc != -ENOENT && rc != -EBUSY)
            _exit(11);
        if (!rc && (!kit_whole(&entry) || entry.enabled > i || (entry.enabled - i) % 50))
            _exit(12);
        took = kit_now_us() - start;
        if (took > *slowest)
            *slowest = took;
    }
    _exit(kit_set(&st, dir, 1, 7) || kit_get(&st, dir, 1) != 7 ? 13 : 0);
}

static void abuse(void (*how)(void))
{
    struct {
        int stop;
        uint64_t slowest;
    } *shared = kit_shared(sizeof(*shared));
    uint64_t until = kit_now_us() + 700000;
    pid_t user;

    begin();
    user = start_user(&shared->stop, &shared->slowest);
    while (kit_now_us() < until) {
        how();
        usleep(random_below(300));
    }
    shared->stop = 1;
    ck_assert_int_eq(kit_wait(user), 0);
    ck_assert_msg(shared->slowest < 1200000, "a call took %lu us", (unsigned long)shared->slowest);
    ck_assert_int_eq(kit_get_anew(dir, 1), 7);
    te_state_close(&st);
    munmap(shared, sizeof(*shared));
}

static void truncate_to_something(void)
{
    const off_t sizes[] = {0, 32768, 40000, 4096, 64};

    truncate(kit_file(dir), sizes[random_below(5)]);
}

static void unlink_it(void)
{
    unlink(kit_file(dir));
}

static void scribble(void)
{
    uint64_t noise = te_sum(random_below(UINT32_MAX), NULL, 0);
    int fd = open(kit_file(dir), O_WRONLY | O_NOFOLLOW);

    if (fd < 0)
        return;
    if (pwrite(fd, &noise, sizeof(noise), (off_t)(4096 + random_below(65536 - 4096 - 8))) < 0)
        perror("pwrite");
    close(fd);
}

static void replace_with_empty(void)
{
    int fd = open(spare_name("empty"), O_CREAT | O_WRONLY, 0600);

    close(fd);
    rename(spare_name("empty"), kit_file(dir));
}

START_TEST(truncation_while_in_use)
{
    abuse(truncate_to_something);
}
END_TEST

START_TEST(unlinking_while_in_use)
{
    abuse(unlink_it);
}
END_TEST

START_TEST(noise_while_in_use)
{
    abuse(scribble);
}
END_TEST

START_TEST(replacement_while_in_use)
{
    abuse(replace_with_empty);
}
END_TEST

SUITE("damaged state", 60, an_unlinked_file, a_removed_directory, a_file_truncated,
      an_empty_file_renamed_over_it, a_symbolic_link_in_its_place, a_fifo_in_its_place,
      an_empty_directory_in_its_place, a_directory_with_files_in_its_place,
      leftovers_of_a_killed_builder, a_second_hard_link, a_mode_that_lets_others_in, another_owner,
      a_file_moved_away_is_given_up_within_a_second,
      a_header_damaged_while_in_use_is_noticed_within_a_second, truncation_while_in_use,
      unlinking_while_in_use, noise_while_in_use, replacement_while_in_use)
