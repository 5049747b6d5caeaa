/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory when somebody removes, replaces or opens up its file, also while it is in use: never a
 * crash, a hang or a wrong answer; within a second it reads as off, and the next change works.
 */
#include "memory-kit.h"

static struct kit_user u;
static const char *dir;

/* One connection set, file mapped. */
static void begin(void)
{
    kit_begin(&u, kit_fresh());
    dir = u.dir;
    ck_assert_int_eq(kit_set(&u, 1, 11), 0);
    ck_assert_int_eq(kit_get(&u, 1), 11);
}

/* All reads say off, to those who had the file mapped and to others; then all works again. */
static void expect_off_then_usable(void)
{
    struct stat sb;

    kit_later(&u);
    ck_assert_int_eq(kit_get(&u, 1), 0);
    ck_assert_int_eq(kit_get_anew(dir, 1), 0);
    ck_assert_int_eq(kit_set(&u, 1, 12), 0);
    ck_assert_int_eq(kit_get(&u, 1), 12);
    ck_assert_int_eq(kit_get_anew(dir, 1), 12);
    ck_assert_int_eq(lstat(kit_file(dir), &sb), 0);
    ck_assert_int_eq(sb.st_mode, S_IFREG | 0600);
    ck_assert_int_eq(sb.st_nlink, 1);
    ck_assert_int_eq(sb.st_uid, geteuid());
    kit_done(&u);
}

static char *spare_name(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

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

START_TEST(a_change_does_not_wait_for_the_next_look)
{
    begin();
    ck_assert_int_eq(unlink(kit_file(dir)), 0);
    /* Something new goes to where all others find it, at once. */
    ck_assert_int_eq(kit_set(&u, 2, 12), 0);
    ck_assert_int_eq(kit_get_anew(dir, 2), 12);
    kit_done(&u);
}
END_TEST

START_TEST(a_removed_file_is_given_up_within_a_second)
{
    uint64_t until = kit_now_us() + 1500000;

    begin();
    ck_assert_int_eq(rename(kit_file(dir), spare_name("away")), 0);
    while (kit_get(&u, 1) && kit_now_us() < until)
        usleep(10000);
    ck_assert_int_eq(kit_get(&u, 1), 0);
    kit_done(&u);
}
END_TEST

START_TEST(a_file_of_another_length)
{
    const off_t sizes[] = {0, 1, 71, 72, 4096, 5000, 32768, 60095, 60097, 1 << 20};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        begin();
        /* Truncated where it is mapped it is SIGBUS: documented, and nobody else's file. */
        kit_done(&u);
        ck_assert_int_eq(truncate(kit_file(dir), sizes[i]), 0);
        expect_off_then_usable();
    }
    begin();
    ck_assert_int_eq(truncate(kit_file(dir), 1 << 20), 0);
    expect_off_then_usable();
}
END_TEST

START_TEST(an_empty_file_renamed_over_it)
{
    begin();
    ck_assert_int_eq(close(open(spare_name("empty"), O_CREAT | O_WRONLY, 0600)), 0);
    ck_assert_int_eq(rename(spare_name("empty"), kit_file(dir)), 0);
    expect_off_then_usable();
}
END_TEST

START_TEST(a_symbolic_link_in_its_place)
{
    char other[256], own[256];
    struct stat sb;

    begin();
    /* To a file that would be valid. */
    strcpy(own, kit_file(dir));
    strcpy(other, spare_name("moved"));
    ck_assert_int_eq(rename(own, other), 0);
    ck_assert_int_eq(symlink(other, own), 0);
    expect_off_then_usable();
    ck_assert_int_eq(lstat(other, &sb), 0);
    ck_assert_int_eq(sb.st_size, (off_t)te_file_size(TE_SLOTS_MIN));
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

START_TEST(a_directory_in_its_place)
{
    char inside[300];

    for (int files = 0; files < 2; files++) {
        begin();
        ck_assert_int_eq(unlink(kit_file(dir)), 0);
        ck_assert_int_eq(mkdir(kit_file(dir), 0700), 0);
        snprintf(inside, sizeof(inside), "%s/x", kit_file(dir));
        ck_assert(!files || !mkdir(inside, 0700));
        expect_off_then_usable();
        /* What is in it is kept. */
        ck_assert_int_eq(kit_count_names(dir), 1 + files);
    }
}
END_TEST

START_TEST(leftovers_of_a_killed_builder)
{
    const char *name = TE_MEMORY_FILE ".new";

    for (int kind = 0; kind < 4; kind++) {
        begin();
        ck_assert_int_eq(unlink(kit_file(dir)), 0);
        if (kind == 0)
            ck_assert_int_eq(close(open(kit_path(dir, name), O_CREAT | O_WRONLY, 0600)), 0);
        else if (kind == 1)
            ck_assert_int_eq(mkdir(kit_path(dir, name), 0700), 0);
        else if (kind == 2)
            ck_assert_int_eq(mkfifo(kit_path(dir, name), 0600), 0);
        else
            ck_assert_int_eq(symlink("/etc/passwd", kit_path(dir, name)), 0);
        expect_off_then_usable();
        ck_assert_int_eq(kit_count_names(dir), 1);
    }
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
    const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0601, 0777};

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
        printf("SKIP: another owner of the memory: not permitted to chown\n");
        kit_done(&u);
        return;
    }
    expect_off_then_usable();
}
END_TEST

/* --- headers --- */

/* Changes the header, and makes its checksum fit if so told. */
static void change_header(void (*change)(struct te_header *header), bool fit)
{
    struct te_header header;
    int fd = open(kit_file(dir), O_RDWR);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pread(fd, &header, sizeof(header), 0), sizeof(header));
    change(&header);
    if (fit)
        header.checksum = te_sum(0, &header, offsetof(struct te_header, checksum));
    ck_assert_int_eq(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
    close(fd);
}

static void same(struct te_header *header)
{
    (void)header;
}
static void other_boot(struct te_header *header)
{
    header->boot[1] ^= 1;
}
static void other_file(struct te_header *header)
{
    header->file_id ^= 1;
}
static void other_version(struct te_header *header)
{
    header->version++;
}
static void other_magic(struct te_header *header)
{
    header->magic ^= 1;
}
static void other_slot_size(struct te_header *header)
{
    header->slot_size += 8;
}
static void more_slots(struct te_header *header)
{
    header->slots++;
}
static void no_slots(struct te_header *header)
{
    header->slots = 0;
}
static void other_reserved(struct te_header *header)
{
    header->reserved = 1;
}
static void superseded(struct te_header *header)
{
    header->superseded = 1;
}
static void other_checksum(struct te_header *header)
{
    header->checksum ^= 1;
}

START_TEST(headers_of_other_boots_files_and_versions)
{
    void (*const changes[])(struct te_header *) = {other_boot,  other_file,      other_version,
                                                   other_magic, other_slot_size, more_slots,
                                                   no_slots,    other_reserved,  superseded};

    begin();
    change_header(same, true);
    kit_later(&u);
    ck_assert_int_eq(kit_get_anew(dir, 1), 11);
    kit_done(&u);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        begin();
        kit_done(&u);
        change_header(changes[i], true);
        expect_off_then_usable();
    }
    begin();
    kit_done(&u);
    change_header(other_checksum, false);
    expect_off_then_usable();
}
END_TEST

/* --- while it is in use --- */

/*
 * A child that uses the file without pause, while its parent does something to it. Only such
 * answers are right as somebody has set.
 */
static pid_t start_user(volatile int *stop, volatile uint64_t *slowest)
{
    struct kit_user own;
    pid_t pid = suite_fork();

    if (pid)
        return pid;
    kit_begin(&own, dir);
    for (uint32_t i = 1; !*stop; i++) {
        uint64_t cookie = 1 + i % 50, start = kit_now_us(), took;
        int rc = kit_set(&own, cookie, i), value;

        if (i % 16 == 0)
            kit_later(&own);
        if (rc && rc != -EBUSY)
            _exit(10);
        value = kit_get(&own, cookie);
        if (value < 0)
            _exit(11);
        if ((uint32_t)value > i || (value && (i - (uint32_t)value) % 50))
            _exit(12);
        took = kit_now_us() - start;
        if (took > *slowest)
            *slowest = took;
    }
    kit_later(&own);
    _exit(kit_set(&own, 1, 7) || kit_get(&own, 1) != 7 ? 13 : 0);
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
    kit_done(&u);
    munmap(shared, sizeof(*shared));
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
    if (pwrite(fd, &noise, sizeof(noise), (off_t)random_below(60000)) < 0)
        perror("pwrite");
    close(fd);
}

static void replace_with_empty(void)
{
    close(open(spare_name("empty"), O_CREAT | O_WRONLY, 0600));
    rename(spare_name("empty"), kit_file(dir));
}

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

SUITE("damaged memory", 60, an_unlinked_file, a_removed_directory,
      a_change_does_not_wait_for_the_next_look, a_removed_file_is_given_up_within_a_second,
      a_file_of_another_length, an_empty_file_renamed_over_it, a_symbolic_link_in_its_place,
      a_fifo_in_its_place, a_directory_in_its_place, leftovers_of_a_killed_builder,
      a_second_hard_link, a_mode_that_lets_others_in, another_owner,
      headers_of_other_boots_files_and_versions, unlinking_while_in_use, noise_while_in_use,
      replacement_while_in_use)
