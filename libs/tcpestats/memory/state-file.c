/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state file as a whole: its header, opening and vetting it, and reading and writing parts. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/state-internal.h"

#define MAGIC 0x31736574617473ffu
#define MARK_BASE 0x40000000u

uint64_t te_file_seed(uint64_t file_id, const uint64_t boot[2])
{
    return te_sum(file_id, boot, 2 * sizeof(boot[0]));
}

void te_file_header(struct te_header *header, uint32_t pages, uint64_t file_id,
                    const uint64_t boot[2])
{
    memset(header, 0, sizeof(*header));
    header->magic = MAGIC;
    header->version = TE_STATE_VERSION;
    header->record_size = sizeof(struct te_record);
    header->pages = pages;
    header->boot[0] = boot[0];
    header->boot[1] = boot[1];
    header->file_id = file_id;
    header->checksum = te_sum(0, header, offsetof(struct te_header, checksum));
}

/* 0 or TE_BAD. */
static int check_header(const struct te_header *header, uint64_t size)
{
    struct te_header expected;
    uint64_t boot[2];
    int rc = te_boot_id(boot);

    if (rc)
        return rc;
    if (header->pages < TE_PAGES_MIN || header->pages > TE_PAGES_MAX ||
        header->pages & (header->pages - 1) || size != te_file_size(header->pages))
        return TE_BAD;
    te_file_header(&expected, header->pages, header->file_id, boot);
    return memcmp(header, &expected, sizeof(expected)) ? TE_BAD : 0;
}

/* A regular file under one name that only its owner may touch? */
static bool is_private_file(const struct stat *sb)
{
    return (sb->st_mode & (S_IFMT | S_IRWXG | S_IRWXO)) == S_IFREG && sb->st_nlink == 1;
}

int te_file_adopt(struct te_state *st, int fd, uint32_t pages, uint64_t seed)
{
    static _Atomic uint32_t marks;
    struct stat sb;
    uint32_t mark = MARK_BASE + atomic_fetch_add(&marks, 1) % MARK_BASE;

    /*
     * pread() and pwrite() never look at the position, so it is free to tell our open file
     * description from one that the program itself, or another te_state, got under this number.
     */
    if (fstat(fd, &sb) || lseek(fd, mark, SEEK_SET) != mark) {
        int error = errno;

        close(fd);
        return te_file_errno(error);
    }
    st->fd = fd;
    st->pid = (uint32_t)getpid();
    st->dev = sb.st_dev;
    st->ino = sb.st_ino;
    st->seed = seed;
    st->mark = mark;
    st->pages = pages;
    st->absent = 0;
    return 0;
}

/* A descriptor, or what te_file_open() returns. */
static int open_good(int dir_fd, struct te_header *header)
{
    const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    struct stat sb;
    ssize_t got;
    int fd, rc = TE_BAD;

    fd = te_open_at(dir_fd, TE_STATE_FILE, O_RDWR | flags);
    if (fd == -EROFS)
        fd = te_open_at(dir_fd, TE_STATE_FILE, O_RDONLY | flags);
    if (fd < 0) {
        switch (-fd) {
        case ENOENT:
        case EMFILE:
        case ENFILE:
        case ENOMEM:
        case EIO:
        case EROFS:
            return fd;
        default:
            return TE_BAD; /* a symbolic link, a directory, not ours to open, ... */
        }
    }
    if (fstat(fd, &sb) || !is_private_file(&sb) || sb.st_uid != geteuid())
        goto bad;
    got = pread(fd, header, sizeof(*header), 0);
    if (got < 0 && errno == EIO)
        rc = -EIO;
    else if (got == sizeof(*header))
        rc = check_header(header, (uint64_t)sb.st_size);
    if (!rc)
        return fd;

bad:
    close(fd);
    return rc;
}

int te_file_open(struct te_state *st, int dir_fd)
{
    struct te_header header;
    int fd = open_good(dir_fd, &header);

    if (fd < 0)
        return fd;
    return te_file_adopt(st, fd, header.pages, te_file_seed(header.file_id, header.boot));
}

int te_file_probe(int dir_fd)
{
    struct te_header header;
    int fd = open_good(dir_fd, &header);

    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

bool te_file_intact(const struct te_state *st)
{
    struct te_header header;

    return !te_file_read(st, 0, &header, sizeof(header)) &&
           !check_header(&header, te_file_size(st->pages)) &&
           te_file_seed(header.file_id, header.boot) == st->seed;
}

bool te_file_ours(const struct te_state *st)
{
    return lseek(st->fd, 0, SEEK_CUR) == st->mark;
}

bool te_file_current(const struct te_state *st)
{
    struct stat sb;

    return !fstat(st->fd, &sb) && sb.st_ino == st->ino && sb.st_dev == st->dev &&
           is_private_file(&sb) && (uint64_t)sb.st_size == te_file_size(st->pages);
}

int te_file_read(const struct te_state *st, uint64_t offset, void *buf, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t got = pread(st->fd, (char *)buf + done, size - done, (off_t)(offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EIO ? -EIO : TE_STALE;
        if (!got)
            return TE_STALE;
        done += (size_t)got;
    }
    return 0;
}

int te_file_write(const struct te_state *st, uint64_t offset, const void *buf, const void *old,
                  size_t size)
{
    ssize_t put;
    int error;

    do
        put = pwrite(st->fd, buf, size, (off_t)offset);
    while (put < 0 && errno == EINTR);
    if (put == (ssize_t)size)
        return 0;
    if (put < 0)
        return errno == EBADF ? TE_STALE : te_file_errno(errno);
    /*
     * Cut short, as by a file size limit that ends inside of this record. What could be written
     * once can be written again: the beginning of what was there.
     */
    do
        error = pwrite(st->fd, old, (size_t)put, (off_t)offset) < 0 ? errno : 0;
    while (error == EINTR);
    return -ENOSPC;
}

int te_dir_open(const char *dir, bool create, int *base)
{
    return te_place_open(dir, te_file_probe, create, base);
}
