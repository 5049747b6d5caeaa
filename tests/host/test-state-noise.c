/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared state with foreign bytes in it: what is damaged reads as off, and for nothing else.
 */
#include "state-tamper.h"

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

START_TEST(the_file_of_another_boot_is_not_believed)
{
    const uint64_t file_id = 1234;
    struct te_record record = {.netns = kit_ident(1).netns, .cookie = 1};
    uint64_t boots[2][2];
    void *image = malloc(te_file_size(TE_PAGES_MIN));

    ck_assert_int_eq(te_boot_id(boots[0]), 0);
    boots[1][0] = boots[0][0];
    boots[1][1] = boots[0][1] ^ 0x100;
    kit_fill(&record.entry, 13);
    for (int i = 0; i < 2; i++) {
        begin();
        te_state_close(&st);
        te_image_init(image, TE_PAGES_MIN, file_id, boots[i]);
        ck_assert(te_image_insert(image, TE_PAGES_MIN, te_file_seed(file_id, boots[i]), &record));
        overwrite(0, image, te_file_size(TE_PAGES_MIN));
        if (i) {
            expect_off_then_usable();
        } else {
            ck_assert_int_eq(kit_get(&st, dir, 1), 13);
            te_state_close(&st);
        }
    }
    free(image);
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
    record.checksum ^= 1;
    overwrite(at, &record, sizeof(record));
    record.checksum ^= 1;
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

SUITE("noise in the state", 60, headers_of_other_boots_files_and_versions,
      the_file_of_another_boot_is_not_believed, every_bit_of_the_header_counts,
      every_byte_of_a_record_counts, a_record_of_another_place_or_file_is_not_believed,
      damage_in_front_of_a_record_does_not_hide_it, noise_everywhere, noise_in_all_records)
