/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The private directory of a user's files, and the checks that nobody else can put anything into
 * it. All later steps are relative to the descriptor that passed them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/directory.h"

static bool is_trusted(int fd, enum te_trust trust)
{
    struct stat sb;
    bool closed;

    if (trust == TE_AS_TOLD)
        return true;
    if (fstat(fd, &sb))
        return false;
    closed = !(sb.st_mode & (S_IWGRP | S_IWOTH));
    if (trust == TE_OURS)
        return sb.st_uid == geteuid() && closed;
    if (trust == TE_OF_ROOT)
        return sb.st_uid == 0 && closed;
    return (sb.st_uid == 0 || sb.st_uid == geteuid()) && (closed || sb.st_mode & S_ISVTX);
}

/*
 * File systems that other machines share, each with its own boot and cookies, or on which a file
 * that was replaced while open still looks as if it had a name.
 */
static bool is_remote(int fd)
{
    static const uint32_t types[] = {NFS_SUPER_MAGIC,
                                     SMB_SUPER_MAGIC,
                                     CODA_SUPER_MAGIC,
                                     AFS_SUPER_MAGIC,
                                     V9FS_MAGIC,
                                     CEPH_SUPER_MAGIC,
                                     FUSE_SUPER_MAGIC,
                                     0xff534d42 /* CIFS */,
                                     SMB2_SUPER_MAGIC,
                                     0x0bd00bd0 /* Lustre */,
                                     0x47504653 /* GPFS */,
                                     0x19830326 /* BeeGFS */,
                                     0x7461636f /* OCFS2 */,
                                     0x01161970 /* GFS2 */};
    struct statfs fs;

    if (fstatfs(fd, &fs))
        return true;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if ((uint32_t)fs.f_type == types[i])
            return true;
    return false;
}

static bool is_private(int fd)
{
    struct stat sb;

    return !fstat(fd, &sb) && sb.st_uid == geteuid() && !(sb.st_mode & (S_IRWXG | S_IRWXO));
}

static int open_sub(int base, const char *name)
{
    return te_open_at(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/* Does a name go on after the prefix, and come before the best one so far, if there is one? */
static bool is_smaller(const char *name, const char *best, const char *prefix)
{
    size_t length = strlen(prefix);

    return !strncmp(name, prefix, length) && name[length] == '-' &&
           (!best[0] || strcmp(name, best) < 0);
}

/* As the kernel lists a directory; opendir() would take memory from the heap. */
struct entry {
    uint64_t ino;
    int64_t off;
    uint16_t size;
    uint8_t type;
    char name[];
};

/*
 * In a directory of everybody's another user can make ours first, and remove it again later. Then
 * the first one of ours, by name, stands for it whose name goes on after that: those belong to
 * whoever made them.
 */
static int open_beside(int base, const char *name)
{
    _Alignas(struct entry) char list[4096];
    char best[NAME_MAX + 1] = "";
    int dir = te_open_at(base, ".", O_RDONLY | O_DIRECTORY), fd;
    long got;

    if (dir < 0)
        return dir;
    while ((got = syscall(SYS_getdents64, dir, list, sizeof(list))) > 0)
        for (long at = 0; at < got; at += ((struct entry *)(list + at))->size) {
            const struct entry *entry = (const struct entry *)(list + at);

            if (!is_smaller(entry->name, best, name))
                continue;
            fd = open_sub(base, entry->name);
            if (fd >= 0 && is_private(fd))
                memcpy(best, entry->name, strlen(entry->name) + 1);
            if (fd >= 0)
                close(fd);
        }
    close(dir);
    return best[0] ? open_sub(base, best) : -ENOENT;
}

static int open_named(int base, const struct te_place *place)
{
    int fd = open_sub(base, place->name);

    if (place->trust != TE_SHARED || (fd >= 0 && is_private(fd)))
        return fd;
    if (fd >= 0)
        close(fd);
    return open_beside(base, place->name);
}

static int make_sub(int base, const char *name)
{
    bool made = !mkdirat(base, name, S_IRWXU);
    int fd;

    if (!made && errno != EEXIST)
        return -errno;
    fd = open_sub(base, name);
    /* A umask that takes even the owner's rights. */
    if (fd == -EACCES && made && !fchmodat(base, name, S_IRWXU, 0))
        fd = open_sub(base, name);
    return fd;
}

/*
 * Readers and writers must come to the same choice, so a reader too skips what it could not write
 * to, unless the caller named it.
 */
static int may_make(int base, enum te_trust trust)
{
    if (trust != TE_AS_TOLD && faccessat(base, ".", W_OK | X_OK, AT_EACCESS))
        return -errno;
    return trust == TE_OURS && is_remote(base) ? -EACCES : 0;
}

int te_place_look(const struct te_place *place, int *fd, int *base)
{
    int follow = place->trust == TE_OURS ? O_NOFOLLOW : 0, rc = 0;

    *fd = -1;
    *base = te_open_at(AT_FDCWD, place->path, O_PATH | O_DIRECTORY | follow);
    if (*base < 0)
        return *base;
    if (is_trusted(*base, place->trust))
        *fd = open_named(*base, place);
    else
        rc = -EACCES;
    if (*fd >= 0) {
        if (!is_private(*fd) || (place->trust == TE_OURS && is_remote(*fd))) {
            close(*fd);
            rc = *fd = -EACCES;
        }
    } else if (!rc) {
        rc = *fd == -ENOENT ? may_make(*base, place->trust) : *fd;
    }
    if (rc || *fd >= 0) {
        close(*base);
        *base = -1;
    }
    return rc;
}

static int make_beside(int base, const char *name)
{
    char beside[64];
    int fd;

    snprintf(beside, sizeof(beside), "%s-%08x%08x", name, (unsigned)te_now(), (unsigned)getpid());
    fd = make_sub(base, beside);
    if (fd < 0)
        return fd;
    close(fd);
    /* Another process may have done the same. */
    return open_beside(base, name);
}

int te_place_make(const struct te_place *place, int base)
{
    int fd = make_sub(base, place->name);

    if (fd >= 0 && is_private(fd))
        return fd;
    if (fd >= 0)
        close(fd);
    if (place->trust == TE_SHARED)
        return make_beside(base, place->name);
    return fd < 0 ? fd : -EACCES;
}

int te_dir_lock(int fd, struct te_wait *wait)
{
    while (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return -EACCES;
        if (!wait || !te_wait(wait))
            return -EBUSY;
    }
    return 0;
}

void te_dir_unlock(int fd)
{
    flock(fd, LOCK_UN);
}
