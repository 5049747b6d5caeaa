/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A new state file: written in full under another name, then renamed over the old one. Nobody ever
 * sees a part of it, and all its space is allocated, so that a full disk shows here and not later.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/state-internal.h"

/* One name is enough: files are made under the directory's lock, so one that is there is stale. */
#define TEMP_NAME TE_STATE_FILE ".new"

void *te_build_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

uint64_t te_file_new_id(void)
{
    uint64_t id;

    if (getrandom(&id, sizeof(id), GRND_NONBLOCK) == sizeof(id))
        return id;
    id = te_now();
    return te_sum((uint64_t)getpid(), &id, sizeof(id));
}

static int write_all(int fd, const void *image, uint64_t size)
{
    uint64_t done = 0;

    if (fallocate(fd, 0, 0, (off_t)size) && errno != EOPNOTSUPP && errno != ENOSYS &&
        errno != EINTR)
        return te_file_errno(errno);
    while (done < size) {
        ssize_t put = pwrite(fd, (const char *)image + done, size - done, (off_t)done);

        if (put < 0 && errno != EINTR)
            return te_file_errno(errno);
        if (!put)
            return -ENOSPC;
        done += put > 0 ? (uint64_t)put : 0;
    }
    return 0;
}

/* Takes a directory out of the way of rename(); its contents, if any, are kept. */
static void move_directory(int dir_fd, const char *name)
{
    char aside[64];

    if (!unlinkat(dir_fd, name, AT_REMOVEDIR) || (errno != ENOTEMPTY && errno != EEXIST))
        return;
    snprintf(aside, sizeof(aside), "%s.%016llx", name, (unsigned long long)te_file_new_id());
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

int te_build_install(struct te_state *st, int dir_fd, const void *image, uint32_t pages,
                     uint64_t seed)
{
    struct te_state built = TE_STATE_INIT;
    int fd = create_temp(dir_fd), rc;

    if (fd < 0)
        return fd;
    /* The umask may have taken the owner's rights too. */
    if (fchmod(fd, S_IRUSR | S_IWUSR))
        rc = te_file_errno(errno);
    else
        rc = write_all(fd, image, te_file_size(pages));
    if (!rc && renameat(dir_fd, TEMP_NAME, dir_fd, TE_STATE_FILE)) {
        if (errno == EISDIR || errno == EEXIST || errno == ENOTEMPTY)
            move_directory(dir_fd, TE_STATE_FILE);
        if (renameat(dir_fd, TEMP_NAME, dir_fd, TE_STATE_FILE))
            rc = te_file_errno(errno);
    }
    if (rc) {
        unlinkat(dir_fd, TEMP_NAME, 0);
        close(fd);
        return rc;
    }
    built.checked = st->checked;
    rc = te_file_adopt(&built, fd, pages, seed);
    if (rc)
        return rc;
    if (st->fd >= 0 && te_file_ours(st))
        te_unlock(st, 0, te_file_size(st->pages));
    te_state_close(st);
    *st = built;
    return 0;
}

static int build_empty(struct te_state *st, int dir_fd)
{
    uint64_t boot[2], file_id = te_file_new_id();
    int rc = te_boot_id(boot);
    void *image;

    if (rc)
        return rc;
    image = te_build_memory(te_file_size(TE_PAGES_MIN));
    if (!image)
        return -ENOMEM;
    te_image_init(image, TE_PAGES_MIN, file_id, boot);
    rc = te_build_install(st, dir_fd, image, TE_PAGES_MIN, te_file_seed(file_id, boot));
    munmap(image, te_file_size(TE_PAGES_MIN));
    return rc;
}

int te_build_first(struct te_state *st, const char *dir, int dir_fd, struct te_wait *wait)
{
    int rc = te_dir_lock(dir_fd, wait), other;

    if (rc)
        return rc;
    /* Somebody may have been faster, here, or in a place that came or went meanwhile. */
    rc = te_file_open(st, dir_fd);
    if (rc == -ENOENT || rc == TE_BAD) {
        other = te_dir_open(dir, false, NULL);
        if (other >= 0)
            close(other);
        rc = other >= 0 ? TE_STALE : other == -ENOENT ? build_empty(st, dir_fd) : other;
    }
    te_dir_unlock(dir_fd);
    return rc;
}
