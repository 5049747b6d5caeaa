/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file as a whole: opened and vetted, mapped, made, put in another's place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "memory/format.h"

/* One name is enough: files are made under the directory's lock, so one that is there is stale. */
#define TEMP_NAME TE_MEMORY_FILE ".new"

#define TRIES 10 /* more, to open a file that others replace, which they do seldom */
#define NAP_NS 100000

#define OPEN_FLAGS (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

void te_memory_close(struct te_memory *memory)
{
    void *map = memory->map;
    uint64_t size = memory->size;

    /* In this order: a thread that is killed in between must not leave it to be unmapped twice. */
    *memory = (struct te_memory)TE_MEMORY_INIT(memory->places);
    if (map)
        munmap(map, size);
}

/* ---- Opening ---- */

/* What open() says of something that is no file of ours: a symbolic link, a directory, ... */
static int errno_of_open(int error)
{
    switch (error) {
    case -ENOENT:
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
    case -EIO:
        return error;
    default:
        return TE_BAD;
    }
}

/* Its name belongs to another file since it was opened. */
static bool was_replaced(int fd)
{
    struct stat sb;

    return !fstat(fd, &sb) && !sb.st_nlink;
}

/* As open_good(); TE_STALE: to be opened again. */
static int open_once(int dir_fd, struct te_header *header, bool *writable)
{
    uint64_t boot[2], size;
    int fd, rc = te_boot_id(boot);
    ssize_t got;

    if (rc)
        return rc;
    fd = te_open_at(dir_fd, TE_MEMORY_FILE, O_RDWR | OPEN_FLAGS);
    *writable = fd >= 0;
    if (fd == -EROFS)
        fd = te_open_at(dir_fd, TE_MEMORY_FILE, O_RDONLY | OPEN_FLAGS);
    if (fd < 0)
        return errno_of_open(fd);
    if (te_is_private_file(fd, &size)) {
        got = pread(fd, header, sizeof(*header), 0);
        if (got == sizeof(*header) && te_header_is_good(header, size, boot))
            return fd;
        if (got < 0 && errno == EIO) {
            close(fd);
            return -EIO;
        }
    }
    rc = was_replaced(fd) ? TE_STALE : TE_BAD;
    close(fd);
    return rc;
}

/*
 * A descriptor of the file, once it is found to be good, or what te_file_map() returns. One that is
 * replaced meanwhile is no bad file: a reader would find nothing, for once. In the middle of
 * rename() the name still leads to the old file, and who renames may wait for this very processor.
 */
static int open_good(int dir_fd, struct te_header *header, bool *writable)
{
    static const struct timespec nap = {.tv_nsec = NAP_NS};
    int fd = open_once(dir_fd, header, writable);

    for (int i = 0; i < TRIES && fd == TE_STALE; i++) {
        nanosleep(&nap, NULL);
        fd = open_once(dir_fd, header, writable);
    }
    return fd == TE_STALE ? TE_BAD : fd;
}

int te_file_probe(int dir_fd)
{
    struct te_header header;
    bool writable;
    int fd = open_good(dir_fd, &header, &writable);

    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

/* Maps an open file. 0 or a negative errno. */
static int map_file(struct te_memory *memory, int fd, uint32_t slots, bool writable)
{
    uint64_t size = te_file_size(slots);
    struct stat sb;
    void *map;

    if (fstat(fd, &sb))
        return te_file_errno(errno);
    map = mmap(NULL, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return te_file_errno(errno);
    memory->map = map;
    memory->size = size;
    memory->slots = slots;
    memory->writable = writable;
    memory->dev = sb.st_dev;
    memory->ino = sb.st_ino;
    memory->seed = te_header_seed(map);
    return 0;
}

int te_file_map(struct te_memory *memory, int dir_fd)
{
    struct te_header header;
    bool writable;
    int fd = open_good(dir_fd, &header, &writable), rc;

    if (fd < 0)
        return fd;
    rc = map_file(memory, fd, header.slots, writable);
    close(fd);
    return rc;
}

bool te_file_is_current(const struct te_memory *memory, int dir_fd)
{
    struct stat sb;

    return !fstatat(dir_fd, TE_MEMORY_FILE, &sb, AT_SYMLINK_NOFOLLOW) && sb.st_ino == memory->ino &&
           sb.st_dev == memory->dev && (uint64_t)sb.st_size == memory->size &&
           (sb.st_mode & (S_IFMT | S_IRWXG | S_IRWXO)) == S_IFREG && sb.st_nlink == 1 &&
           sb.st_uid == geteuid();
}

/* ---- Making ---- */

static uint64_t new_file_id(void)
{
    uint64_t id;

    if (getrandom(&id, sizeof(id), GRND_NONBLOCK) == sizeof(id))
        return id;
    id = te_now();
    return te_sum((uint64_t)getpid(), &id, sizeof(id));
}

/* Takes a directory out of the way of rename(); its contents, if any, are kept. */
static void move_directory(int dir_fd, const char *name)
{
    char aside[64];

    if (!unlinkat(dir_fd, name, AT_REMOVEDIR) || (errno != ENOTEMPTY && errno != EEXIST))
        return;
    snprintf(aside, sizeof(aside), "%s.%016llx", name, (unsigned long long)new_file_id());
    renameat(dir_fd, name, dir_fd, aside);
}

static int create_temp(int dir_fd)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
    int fd = te_open_at(dir_fd, TEMP_NAME, flags);

    if (fd == -EEXIST) {
        if (unlinkat(dir_fd, TEMP_NAME, 0) && errno == EISDIR)
            move_directory(dir_fd, TEMP_NAME);
        fd = te_open_at(dir_fd, TEMP_NAME, flags);
    }
    return fd >= 0 ? fd : te_file_errno(-fd);
}

/* Reserves all of the room, so that a full disk shows here and not as SIGBUS later. */
static int reserve_room(int fd, uint64_t size)
{
    int error;

    do
        error = posix_fallocate(fd, 0, (off_t)size);
    while (error == EINTR);
    return error ? te_file_errno(error) : 0;
}

int te_file_build(struct te_memory *memory, int dir_fd, uint32_t slots)
{
    struct te_table table;
    uint64_t boot[2];
    int rc = te_boot_id(boot), fd;

    if (rc)
        return rc;
    fd = create_temp(dir_fd);
    if (fd < 0)
        return fd;
    /* The umask may have taken the owner's rights, too. */
    rc = fchmod(fd, S_IRUSR | S_IWUSR) ? te_file_errno(errno) : 0;
    if (!rc)
        rc = reserve_room(fd, te_file_size(slots));
    if (!rc)
        rc = map_file(memory, fd, slots, true);
    close(fd);
    if (rc) {
        unlinkat(dir_fd, TEMP_NAME, 0);
        return rc;
    }
    te_table_init(&table, memory->map, slots, new_file_id(), boot);
    memory->seed = table.seed;
    return 0;
}

int te_file_install(int dir_fd)
{
    if (!renameat(dir_fd, TEMP_NAME, dir_fd, TE_MEMORY_FILE))
        return 0;
    if (errno == EISDIR || errno == EEXIST || errno == ENOTEMPTY)
        move_directory(dir_fd, TE_MEMORY_FILE);
    return renameat(dir_fd, TEMP_NAME, dir_fd, TE_MEMORY_FILE) ? te_file_errno(errno) : 0;
}

void te_file_discard(struct te_memory *memory, int dir_fd)
{
    te_memory_close(memory);
    unlinkat(dir_fd, TEMP_NAME, 0);
}
