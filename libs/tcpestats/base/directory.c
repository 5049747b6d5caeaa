/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The private directory of a user's files, and the checks that nobody else can put anything into
 * it. All later steps are relative to the descriptor that passed them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
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

/* A sub-directory that nobody else may touch; -EACCES if it is none. */
static int open_private(int base, const char *name)
{
    int fd = te_open_at(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

    if (fd < 0 || is_private(fd))
        return fd;
    close(fd);
    return -EACCES;
}

/* Does a name go on after the prefix, and come before the best one so far, if there is one? */
static bool is_smaller(const char *name, const char *best, const char *prefix)
{
    size_t length = strlen(prefix);

    return !strncmp(name, prefix, length) && name[length] == '-' &&
           (!best[0] || strcmp(name, best) < 0);
}

/*
 * In a directory of everybody's another user can make ours first, and remove it again later. Then
 * the first one of ours, by name, stands for it whose name goes on after that: those belong to
 * whoever made them.
 */
static int open_beside(int base, const char *name)
{
    int list = te_open_at(base, ".", O_RDONLY | O_DIRECTORY);
    const struct dirent *entry;
    char best[NAME_MAX + 1] = "";
    DIR *dir;

    if (list < 0)
        return list;
    dir = fdopendir(list);
    if (!dir) {
        close(list);
        return -ENOMEM;
    }
    while ((entry = readdir(dir))) {
        int fd = is_smaller(entry->d_name, best, name) ? open_private(base, entry->d_name) : -1;

        if (fd < 0)
            continue;
        close(fd);
        memcpy(best, entry->d_name, strlen(entry->d_name) + 1);
    }
    closedir(dir);
    return best[0] ? open_private(base, best) : -ENOENT;
}

static int open_named(int base, const struct te_place *place)
{
    int fd = open_private(base, place->name);

    return fd < 0 && place->trust == TE_SHARED ? open_beside(base, place->name) : fd;
}

static int make_sub(int base, const char *name)
{
    bool made = !mkdirat(base, name, S_IRWXU);
    int fd;

    if (!made && errno != EEXIST)
        return -errno;
    fd = open_private(base, name);
    /* A umask that takes even the owner's rights. */
    if (fd == -EACCES && made && !fchmodat(base, name, S_IRWXU, 0))
        fd = open_private(base, name);
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
        if (place->trust == TE_OURS && is_remote(*fd)) {
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

    return fd < 0 && place->trust == TE_SHARED ? make_beside(base, place->name) : fd;
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
