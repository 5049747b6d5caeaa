/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "store.h"

#define MAGIC UINT64_C(0x316b6e696c7473ff)
#define TEMPORARY LK_STORE_FILE ".new"

struct header {
    uint64_t magic;
    uint32_t record_size;
    uint32_t count;
    uint64_t boot[2];
    uint64_t checksum; /* of all that follows, from that of all before */
};

_Static_assert(sizeof(struct lk_record) % 8 == 0, "summed in words, the same for 32 and 64 bit");
_Static_assert(sizeof(struct header) == 40, "the same for 32 and 64 bit");

static uint64_t sum(const struct header *header, const struct lk_record *records)
{
    return te_sum(te_sum(0, header, offsetof(struct header, checksum)), records,
                  (size_t)header->count * sizeof(*records));
}

int lk_store_parse(const void *image, size_t size, const uint64_t boot[2], struct lk_table *table)
{
    struct header header;
    struct lk_record *records;

    if (size < sizeof(header))
        return -EBADMSG;
    memcpy(&header, image, sizeof(header));
    size -= sizeof(header);
    if (header.magic != MAGIC || header.record_size != sizeof(*records) ||
        memcmp(header.boot, boot, sizeof(header.boot)) || header.count > LK_STORE_MAX ||
        size != header.count * sizeof(*records))
        return -EBADMSG;
    records = malloc(size ? size : 1);
    if (!records)
        return -ENOMEM;
    memcpy(records, (const char *)image + sizeof(header), size);
    if (sum(&header, records) != header.checksum) {
        free(records);
        return -EBADMSG;
    }
    table->record = records;
    table->count = header.count;
    return 0;
}

/* 0, -ENOENT, TE_BAD for something that is no table of this boot, or an error. */
static int read_at(int dir_fd, struct lk_table *table)
{
    const size_t most = sizeof(struct header) + LK_STORE_MAX * sizeof(struct lk_record);
    size_t done = 0;
    uint64_t boot[2];
    ssize_t got = 1;
    uint64_t size;
    char *image;
    int rc = te_boot_id(boot), fd;

    if (rc)
        return rc;
    fd = te_open_at(dir_fd, LK_STORE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM || fd == -ENOENT ? fd : TE_BAD;
    if (!te_is_private_file(fd, &size) || size > most) {
        close(fd);
        return TE_BAD;
    }
    image = malloc((size_t)size + 1);
    while (image && done < (size_t)size && got > 0) {
        got = read(fd, image + done, (size_t)size - done);
        done += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    rc = image ? lk_store_parse(image, done, boot, table) : -ENOMEM;
    free(image);
    return rc == -EBADMSG ? TE_BAD : rc;
}

static int probe(int dir_fd)
{
    struct lk_table table;
    int rc = read_at(dir_fd, &table);

    if (!rc)
        lk_table_free(&table);
    return rc;
}

static int read_or_empty(int dir_fd, struct lk_table *table)
{
    int rc;

    *table = (struct lk_table){NULL, 0};
    rc = read_at(dir_fd, table);
    return rc == -ENOENT || rc == TE_BAD ? 0 : rc;
}

int lk_store_read(const char *state_dir, struct lk_table *table)
{
    struct te_places places;
    int dir_fd, rc;

    te_places_init(&places, state_dir);
    dir_fd = te_places_open(&places, probe, false);
    if (dir_fd < 0) {
        *table = (struct lk_table){NULL, 0};
        return dir_fd == -ENOENT ? 0 : dir_fd;
    }
    rc = read_or_empty(dir_fd, table);
    close(dir_fd);
    return rc;
}

static int write_all(int fd, const void *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t put = write(fd, (const char *)data + done, size - done);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put ? te_file_errno(errno) : -ENOSPC;
        done += (size_t)put;
    }
    return 0;
}

static int write_at(int dir_fd, const struct lk_table *table)
{
    struct header header = {
        .magic = MAGIC, .record_size = sizeof(struct lk_record), .count = table->count};
    int rc = te_boot_id(header.boot), fd;

    if (rc)
        return rc;
    header.checksum = sum(&header, table->record);
    /* What somebody left who died here; others wait for the lock. */
    unlinkat(dir_fd, TEMPORARY, 0);
    fd = te_open_at(dir_fd, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (fd < 0)
        return te_file_errno(-fd);
    /* A umask could have taken even the owner's rights. */
    rc = fchmod(fd, S_IRUSR | S_IWUSR) ? te_file_errno(errno) : 0;
    if (!rc)
        rc = write_all(fd, &header, sizeof(header));
    if (!rc)
        rc = write_all(fd, table->record, table->count * sizeof(*table->record));
    if (close(fd) && !rc)
        rc = te_file_errno(errno);
    if (!rc && renameat(dir_fd, TEMPORARY, dir_fd, LK_STORE_FILE))
        rc = te_file_errno(errno);
    if (rc)
        unlinkat(dir_fd, TEMPORARY, 0);
    return rc;
}

/* With the directory open, and in a stretch in which the thread cannot end. */
static int change_at(int dir_fd, int (*change)(struct lk_table *table, void *arg), void *arg)
{
    struct te_wait wait = {0, 0};
    struct lk_table table;
    int rc = te_dir_lock(dir_fd, &wait);

    if (rc)
        return rc;
    rc = read_or_empty(dir_fd, &table);
    if (!rc) {
        rc = change(&table, arg);
        if (!rc)
            rc = write_at(dir_fd, &table);
        lk_table_free(&table);
    }
    te_dir_unlock(dir_fd);
    return rc == 1 ? 0 : rc;
}

int lk_store_change(const char *state_dir, int (*change)(struct lk_table *table, void *arg),
                    void *arg)
{
    struct te_places places;
    struct te_guard guard;
    int dir_fd, rc;

    te_guard_enter(&guard);
    te_places_init(&places, state_dir);
    dir_fd = te_places_open(&places, probe, true);
    rc = dir_fd < 0 ? dir_fd : change_at(dir_fd, change, arg);
    if (dir_fd >= 0)
        close(dir_fd);
    te_guard_leave(&guard);
    return dir_fd == -ENOENT ? -EACCES : rc;
}

void lk_table_free(struct lk_table *table)
{
    free(table->record);
    *table = (struct lk_table){NULL, 0};
}

static bool is_about(const struct lk_record *record, uint64_t netns, uint64_t identity,
                     uint32_t index)
{
    return record->netns == netns && record->identity == identity && record->index == index;
}

struct lk_record *lk_table_find(const struct lk_table *table, uint64_t netns,
                                const struct lk_link *link)
{
    for (uint32_t i = 0; i < table->count; i++)
        if (is_about(&table->record[i], netns, link->identity, link->index))
            return &table->record[i];
    return NULL;
}

static struct lk_record *oldest(const struct lk_table *table)
{
    struct lk_record *found = table->record;

    for (uint32_t i = 1; i < table->count; i++)
        if (table->record[i].touched_ns < found->touched_ns)
            found = &table->record[i];
    return found;
}

int lk_table_put(struct lk_table *table, const struct lk_record *record)
{
    struct lk_record *more;

    for (uint32_t i = 0; i < table->count; i++)
        if (is_about(&table->record[i], record->netns, record->identity, record->index)) {
            table->record[i] = *record;
            return 0;
        }
    if (table->count == LK_STORE_MAX) {
        *oldest(table) = *record;
        return 0;
    }
    more = reallocarray(table->record, table->count + 1, sizeof(*more));
    if (!more)
        return -ENOMEM;
    table->record = more;
    more[table->count++] = *record;
    return 0;
}
