/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the state file lives: the choice of a directory and the checks that nobody else can put
 * anything into it. All later steps are relative to the descriptor that passed them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "state-internal.h"

/* How much a directory must prove before our sub-directory is looked for in it. */
enum trust {
    AS_TOLD, /* the caller named it */
    OURS,    /* a real directory, of this user, that nobody else may write to */
    OF_ROOT, /* root's: nobody else may write to it */
    SHARED,  /* everybody's, with the sticky bit */
};

#define PATH_SIZE 4096

static bool trusted(int fd, enum trust trust)
{
    struct stat sb;
    bool closed;

    if (trust == AS_TOLD)
        return true;
    if (fstat(fd, &sb))
        return false;
    closed = !(sb.st_mode & (S_IWGRP | S_IWOTH));
    if (trust == OURS)
        return sb.st_uid == geteuid() && closed;
    if (trust == OF_ROOT)
        return sb.st_uid == 0 && closed;
    return (sb.st_uid == 0 || sb.st_uid == geteuid()) && (closed || sb.st_mode & S_ISVTX);
}

/*
 * File systems that other machines share, each with its own boot and cookies, or on which a file
 * that was replaced while open still looks as if it had a name.
 */
static bool remote(int fd)
{
    static const uint32_t types[] = {
        NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,  CODA_SUPER_MAGIC,      AFS_SUPER_MAGIC, V9FS_MAGIC,
        CEPH_SUPER_MAGIC, FUSE_SUPER_MAGIC, 0xff534d42 /* CIFS */, SMB2_SUPER_MAGIC};
    struct statfs fs;

    if (fstatfs(fd, &fs))
        return true;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if ((uint32_t)fs.f_type == types[i])
            return true;
    return false;
}

static bool private(int fd)
{
    struct stat sb;

    return !fstat(fd, &sb) && sb.st_uid == geteuid() && !(sb.st_mode & (S_IRWXG | S_IRWXO));
}

static int open_sub(int base, const char *name)
{
    return te_open_at(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
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
 * Looks in one directory. 0: a place, *fd is it or, if it does not exist and create is not set, -1.
 * -EACCES etc.: not here; *final when no other place is to be tried. Readers and writers must come
 * to the same choice, so where there is one a reader too skips what it could not write to.
 */
static int try_base(const char *path, const char *name, enum trust trust, bool create, int *fd,
                    int *base, bool *final)
{
    int follow = trust == OURS ? O_NOFOLLOW : 0, rc = 0;

    *base = te_open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY | follow);
    *fd = -1;
    if (*base < 0) {
        *final = *base == -EMFILE || *base == -ENFILE || *base == -ENOMEM;
        return *base;
    }
    if (!trusted(*base, trust)) {
        rc = -EACCES;
        goto out;
    }
    *fd = open_sub(*base, name);
    if (*fd < 0)
        rc = *fd;
    if (rc == -ENOENT) {
        rc = 0;
        if ((trust != AS_TOLD || create) && faccessat(*base, ".", W_OK | X_OK, AT_EACCESS))
            rc = -errno;
        else if (trust == OURS && remote(*base))
            rc = -EACCES;
        else if (create)
            rc = *fd = make_sub(*base, name);
        if (rc > 0)
            rc = 0;
    }
    *final = rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM || rc == -ENOSPC || rc == -EDQUOT;
    if (*fd >= 0 && (!private(*fd) || (trust == OURS && remote(*fd)))) {
        close(*fd);
        *fd = -1;
        rc = -EACCES;
    }
out:
    if (rc || *fd >= 0) {
        close(*base);
        *base = -1;
    }
    return rc;
}

int te_dir_open(const char *dir, bool create, int *base_out)
{
    const char *runtime = secure_getenv("XDG_RUNTIME_DIR"), *home = secure_getenv("HOME");
    unsigned uid = geteuid();
    char own_run[32], cache[PATH_SIZE], sub[32];
    struct {
        const char *path, *name;
        enum trust trust;
    } places[5] = {{dir, TE_STATE_DIR, AS_TOLD}};
    size_t count = 0;
    int error = -ENOENT, fd = -1, base = -1;
    bool final = false;

    if (base_out)
        *base_out = -1;
    if (dir) {
        count = 1;
    } else {
        snprintf(own_run, sizeof(own_run), "/run/user/%u", uid);
        snprintf(sub, sizeof(sub), TE_STATE_DIR "-%u", uid);
        if (runtime && runtime[0] == '/')
            places[count++].path = runtime;
        places[count++].path = own_run;
        for (size_t i = 0; i < count; i++) {
            places[i].name = TE_STATE_DIR;
            places[i].trust = OURS;
        }
        if (!uid) {
            places[count].path = "/run";
            places[count].name = TE_STATE_DIR;
            places[count++].trust = OF_ROOT;
        }
        if (home && home[0] == '/' &&
            (size_t)snprintf(cache, sizeof(cache), "%s/.cache", home) < sizeof(cache)) {
            places[count].path = cache;
            places[count].name = TE_STATE_DIR;
            places[count++].trust = OURS;
        }
        places[count].path = "/tmp";
        places[count].name = sub;
        places[count++].trust = SHARED;
    }

    for (size_t i = 0; i < count; i++) {
        int rc = try_base(places[i].path, places[i].name, places[i].trust, create, &fd, &base,
                          &final);

        if (!rc) {
            if (fd >= 0)
                return fd;
            if (base_out && places[i].trust != SHARED)
                *base_out = base;
            else
                close(base);
            return -ENOENT;
        }
        if (final)
            return rc;
        /* A directory that is not there says nothing; one that is not safe should be named. */
        if (error == -ENOENT)
            error = rc;
    }
    if (error == -ENOENT)
        return create ? -EACCES : -ENOENT;
    return te_state_errno(-error);
}

int te_dir_lock(int fd, struct te_wait *wait)
{
    while (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return -EACCES;
        if (!te_wait(wait))
            return -EBUSY;
    }
    return 0;
}

void te_dir_unlock(int fd)
{
    flock(fd, LOCK_UN);
}
