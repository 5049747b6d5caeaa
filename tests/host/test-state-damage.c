/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared state when somebody tampers with the file, or with our descriptor: never a crash, a
 * hang or a wrong answer; what was damaged reads as off, and the next change works.
 */
#include <sys/socket.h>

#include "state-kit.h"

static struct te_state st;
static const char *dir;

/* One connection set, file open. */
static void begin(void)
{
    st = (struct te_state)TE_STATE_INIT;
    dir = kit_fresh();
    ck_assert_int_eq(kit_set(&st, dir, 1, 11), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
}

/* All reads say off, to those who had the file open and to others; then all works again. */
static void expect_off_then_usable(void)
{
    struct stat sb;

    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    ck_assert_int_eq(kit_get_anew(dir, 1), 0);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    ck_assert_int_eq(kit_get(&st, dir, 1), 12);
    ck_assert_int_eq(kit_get_anew(dir, 1), 12);
    ck_assert_int_eq(lstat(kit_file(dir), &sb), 0);
    ck_assert_int_eq(sb.st_mode, S_IFREG | 0600);
    ck_assert_int_eq(sb.st_nlink, 1);
    ck_assert_int_eq(sb.st_uid, geteuid());
    te_state_close(&st);
}

static void overwrite(off_t at, const void *bytes, size_t size)
{
    int fd = open(kit_file(dir), O_WRONLY);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, bytes, size, at), (ssize_t)size);
    close(fd);
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

/* Changes one member of the header and makes its checksum fit. */
static void change_header(void (*change)(struct te_header *header))
{
    struct te_header header;
    int fd = open(kit_file(dir), O_RDWR);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pread(fd, &header, sizeof(header), 0), sizeof(header));
    change(&header);
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
static void other_record_size(struct te_header *header)
{
    header->record_size += 8;
}
static void too_many_pages(struct te_header *header)
{
    header->pages *= 2;
}
static void odd_pages(struct te_header *header)
{
    header->pages++;
}
static void no_pages(struct te_header *header)
{
    header->pages = 0;
}

START_TEST(headers_of_other_boots_files_and_versions)
{
    void (*const changes[])(struct te_header *) = {other_boot,  other_file,        other_version,
                                                   other_magic, other_record_size, too_many_pages,
                                                   odd_pages,   no_pages};

    begin();
    change_header(same);
    te_state_close(&st);
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    te_state_close(&st);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        begin();
        te_state_close(&st);
        change_header(changes[i]);
        expect_off_then_usable();
    }
}
END_TEST

START_TEST(every_bit_of_the_header_counts)
{
    struct te_header header;
    int fd;

    begin();
    fd = open(kit_file(dir), O_RDWR);
    ck_assert_int_eq(pread(fd, &header, sizeof(header), 0), sizeof(header));
    for (size_t bit = 0; bit < sizeof(header) * 8; bit++) {
        uint8_t *byte = (uint8_t *)&header + bit / 8;

        *byte ^= (uint8_t)(1 << bit % 8);
        ck_assert_int_eq(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
        ck_assert_int_eq(kit_get_anew(dir, 1), 0);
        *byte ^= (uint8_t)(1 << bit % 8);
    }
    ck_assert_int_eq(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
    ck_assert_int_eq(kit_get_anew(dir, 1), 11);
    close(fd);
    te_state_close(&st);
}
END_TEST

/* Where the record of a connection is in the file. */
static off_t record_at(uint64_t cookie)
{
    struct te_ident ident = kit_ident(cookie);
    struct te_sight sight;
    union te_page page;
    uint32_t home = te_home(&ident, st.pages);

    for (uint32_t i = home; i < home + TE_CHAIN; i++) {
        ck_assert_int_eq(te_file_read(&st, te_page_offset(i), &page, sizeof(page)), 0);
        te_page_look(&page, i, st.seed, &ident, &sight);
        if (sight.found)
            return (off_t)(te_page_offset(i) + sight.slot * sizeof(struct te_record));
    }
    ck_abort_msg("record not found");
    return 0;
}

START_TEST(every_byte_of_a_record_counts)
{
    struct te_record record;
    off_t at;
    int fd;

    begin();
    at = record_at(1);
    fd = open(kit_file(dir), O_RDWR);
    ck_assert_int_eq(pread(fd, &record, sizeof(record), at), sizeof(record));
    for (size_t i = 0; i < sizeof(record); i++) {
        uint8_t *byte = (uint8_t *)&record + i;

        *byte ^= 0x10;
        ck_assert_int_eq(pwrite(fd, &record, sizeof(record), at), sizeof(record));
        ck_assert_int_eq(kit_get(&st, dir, 1), 0);
        *byte ^= 0x10;
    }
    ck_assert_int_eq(pwrite(fd, &record, sizeof(record), at), sizeof(record));
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    /* What is damaged is used again, and for nothing else. */
    record.entry.enabled ^= 1;
    ck_assert_int_eq(pwrite(fd, &record, sizeof(record), at), sizeof(record));
    ck_assert_int_eq(kit_bump(&st, dir, 1), 0);
    ck_assert_int_eq(kit_get_anew(dir, 1), 1);
    ck_assert_int_eq(record_at(1), at);
    close(fd);
    te_state_close(&st);
}
END_TEST

START_TEST(a_record_of_another_place_or_file_is_not_believed)
{
    struct te_record record;
    const char *first;
    char name[256];
    off_t at;
    int fd;

    begin();
    at = record_at(1);
    fd = open(kit_file(dir), O_RDWR);
    ck_assert_int_eq(pread(fd, &record, sizeof(record), at), sizeof(record));
    close(fd);
    /* The same record one slot further, its own slot damaged. */
    overwrite(at + (off_t)sizeof(record), &record, sizeof(record));
    overwrite(at, "\1", 1);
    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    te_state_close(&st);
    /* The same place in another file. */
    strcpy(name, dir);
    first = name;
    begin();
    ck_assert_str_ne(first, dir);
    ck_assert_int_eq(kit_set(&st, dir, 1, 13), 0);
    overwrite(record_at(1), &record, sizeof(record));
    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    te_state_close(&st);
}
END_TEST

START_TEST(damage_in_front_of_a_record_does_not_hide_it)
{
    enum { COUNT = 100 };
    uint8_t noise[sizeof(struct te_record)];
    int survivors = 0;

    begin();
    for (uint64_t i = 1; i <= COUNT; i++)
        ck_assert_int_eq(kit_set(&st, dir, i, (uint32_t)i), 0);
    memset(noise, 0x5a, sizeof(noise));
    for (uint64_t i = 1; i <= COUNT; i += 2)
        overwrite(record_at(i), noise, sizeof(noise));
    /* zeroes are damage too, and no empty slot */
    memset(noise, 0, sizeof(noise));
    for (uint64_t i = 2; i <= COUNT; i += 10)
        overwrite(record_at(i), noise, sizeof(noise));
    for (uint64_t i = 2; i <= COUNT; i += 2) {
        int value = kit_get(&st, dir, i);

        ck_assert_int_eq(value, i % 10 == 2 ? 0 : (int)i);
        survivors += value != 0;
    }
    ck_assert_int_eq(survivors, 40);
    te_state_close(&st);
}
END_TEST

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t limit)
{
    random_state = te_sum(random_state, NULL, 0) + 1;
    return (uint32_t)((random_state >> 32) * limit >> 32);
}

static void noise_into(off_t from, off_t to)
{
    uint8_t noise[4096];

    for (off_t at = from; at < to; at += (off_t)sizeof(noise)) {
        for (size_t i = 0; i < sizeof(noise); i++)
            noise[i] = (uint8_t)random_below(256);
        overwrite(at, noise, sizeof(noise));
    }
}

START_TEST(noise_everywhere)
{
    for (int i = 0; i < 5; i++) {
        begin();
        noise_into(0, 65536);
        te_state_close(&st);
        expect_off_then_usable();
    }
}
END_TEST

START_TEST(noise_in_all_records)
{
    for (int i = 0; i < 5; i++) {
        begin();
        noise_into(4096, 65536);
        expect_off_then_usable();
    }
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

/* --- the program closes our descriptor and gets the number again --- */

static void take_number(int own, int number)
{
    ck_assert_int_eq(dup2(own, number), number);
    close(own);
}

START_TEST(a_descriptor_that_is_a_strangers_file_is_left_alone)
{
    char content[100000], now[100000];
    int number, fd;

    begin();
    number = st.fd;
    memset(content, 'x', sizeof(content));
    fd = open(spare_name("stranger"), O_CREAT | O_RDWR, 0600);
    ck_assert_int_eq(write(fd, content, sizeof(content)), sizeof(content));
    ck_assert_int_eq(lseek(fd, 1234, SEEK_SET), 1234);
    take_number(fd, number);

    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    ck_assert_int_ne(st.fd, number);
    /* again, with a change first */
    te_state_close(&st);
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    fd = open(spare_name("stranger"), O_RDWR);
    ck_assert_int_eq(lseek(fd, 1234, SEEK_SET), 1234);
    number = st.fd;
    take_number(fd, number);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    ck_assert_int_ne(st.fd, number);
    /* and again, with nothing but closing */
    fd = open(spare_name("stranger"), O_RDWR);
    take_number(fd, st.fd);
    fd = st.fd;
    te_state_close(&st);
    ck_assert_int_ne(fcntl(fd, F_GETFD), -1);

    ck_assert_int_eq(kit_get_anew(dir, 1), 12);
    ck_assert_int_eq(lseek(number, 0, SEEK_CUR), 1234);
    ck_assert_int_eq(pread(number, now, sizeof(now), 0), sizeof(now));
    ck_assert_mem_eq(now, content, sizeof(now));
}
END_TEST

START_TEST(a_descriptor_that_is_a_strangers_socket_is_left_alone)
{
    int ends[2], number;
    char byte;

    begin();
    number = st.fd;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    take_number(ends[0], number);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    ck_assert_int_ne(st.fd, number);
    ck_assert_int_eq(kit_get(&st, dir, 1), 12);
    te_state_close(&st);
    ck_assert_int_eq(recv(ends[1], &byte, 1, MSG_DONTWAIT), -1);
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_eq(send(ends[1], "y", 1, 0), 1);
    ck_assert_int_eq(read(number, &byte, 1), 1);
    ck_assert_int_eq(byte, 'y');
}
END_TEST

START_TEST(a_strangers_descriptor_of_our_own_file_is_left_alone)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int number, fd, witness;

    begin();
    number = st.fd;
    fd = open(kit_file(dir), O_RDWR);
    ck_assert_int_eq(lseek(fd, 77, SEEK_SET), 77);
    take_number(fd, number);
    /* A lock that it holds must neither count as ours nor be let go by us. */
    ck_assert_int_eq(fcntl(number, F_OFD_SETLK, &lock), 0);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), -EBUSY);
    ck_assert_int_eq(lseek(number, 0, SEEK_CUR), 77);
    te_state_close(&st);
    ck_assert_int_ne(fcntl(number, F_GETFD), -1);
    witness = open(kit_file(dir), O_RDWR);
    ck_assert_int_eq(fcntl(witness, F_OFD_GETLK, &lock), 0);
    ck_assert_int_eq(lock.l_type, F_WRLCK);
    ck_assert_int_eq(lock.l_len, 0);
    close(witness);
    close(number);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    te_state_close(&st);
}
END_TEST

START_TEST(a_closed_descriptor_is_opened_again)
{
    begin();
    close(st.fd);
    ck_assert_int_eq(kit_get(&st, dir, 1), 11);
    close(st.fd);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    close(st.fd);
    te_state_close(&st);
    ck_assert_int_eq(kit_get(&st, dir, 1), 12);
    te_state_close(&st);
}
END_TEST

START_TEST(the_directory_kept_while_there_is_no_file_may_be_lost_too)
{
    int ends[2], number;
    char byte;

    st = (struct te_state)TE_STATE_INIT;
    dir = kit_fresh();
    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    number = st.fd;
    ck_assert_int_ge(number, 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    take_number(ends[0], number);
    ck_assert_int_eq(kit_get(&st, dir, 1), 0);
    ck_assert_int_ne(st.fd, number);
    ck_assert_int_eq(kit_set(&st, dir, 1, 12), 0);
    te_state_close(&st);
    ck_assert_int_eq(recv(ends[1], &byte, 1, MSG_DONTWAIT), -1);
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_ne(fcntl(number, F_GETFD), -1);
}
END_TEST

SUITE("damaged state", 60, an_unlinked_file, a_removed_directory, a_file_truncated,
      an_empty_file_renamed_over_it, a_symbolic_link_in_its_place, a_fifo_in_its_place,
      an_empty_directory_in_its_place, a_directory_with_files_in_its_place,
      leftovers_of_a_killed_builder, a_second_hard_link, a_mode_that_lets_others_in, another_owner,
      a_file_moved_away_is_given_up_within_a_second,
      a_header_damaged_while_in_use_is_noticed_within_a_second,
      headers_of_other_boots_files_and_versions, every_bit_of_the_header_counts,
      every_byte_of_a_record_counts, a_record_of_another_place_or_file_is_not_believed,
      damage_in_front_of_a_record_does_not_hide_it, noise_everywhere, noise_in_all_records,
      truncation_while_in_use, unlinking_while_in_use, noise_while_in_use, replacement_while_in_use,
      a_descriptor_that_is_a_strangers_file_is_left_alone,
      a_descriptor_that_is_a_strangers_socket_is_left_alone,
      a_strangers_descriptor_of_our_own_file_is_left_alone, a_closed_descriptor_is_opened_again,
      the_directory_kept_while_there_is_no_file_may_be_lost_too)
