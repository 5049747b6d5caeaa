/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The choice of the place. Processes of one user start before and after the login that makes
 * /run/user/UID, with and without its environment, and must all come to the same file: a state that
 * exists is used wherever it is, and only where there is none does the order say where to make it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/descriptor.h"

#define PATH_SIZE 4096
#define PLACES_MAX 5

struct places {
    struct te_place place[PLACES_MAX];
    size_t count;
    char own_run[32], cache[PATH_SIZE], sub[32];
};

static void add(struct places *list, const char *path, const char *name, enum te_trust trust)
{
    list->place[list->count++] = (struct te_place){path, name, trust, false};
}

/* Also when it is spelled otherwise or mounted twice. */
static bool same_directory(const char *one, const char *other)
{
    struct stat a, b;

    return !strcmp(one, other) ||
           (!stat(one, &a) && !stat(other, &b) && a.st_ino == b.st_ino && a.st_dev == b.st_dev);
}

static void list_places(struct places *list, const char *dir)
{
    const char *runtime = secure_getenv("XDG_RUNTIME_DIR"), *home = secure_getenv("HOME");
    unsigned uid = geteuid();

    list->count = 0;
    if (dir) {
        add(list, dir, TE_PRIVATE_DIR, TE_AS_TOLD);
        return;
    }
    snprintf(list->own_run, sizeof(list->own_run), "/run/user/%u", uid);
    snprintf(list->sub, sizeof(list->sub), TE_PRIVATE_DIR "-%u", uid);
    /* One that is not the usual one means to keep apart. */
    if (runtime && runtime[0] == '/' && !same_directory(runtime, list->own_run)) {
        add(list, runtime, TE_PRIVATE_DIR, TE_OURS);
        list->place[0].alone = true;
    }
    /* It outlives root's logins. */
    if (!uid)
        add(list, "/run", TE_PRIVATE_DIR, TE_OF_ROOT);
    add(list, list->own_run, TE_PRIVATE_DIR, TE_OURS);
    if (home && home[0] == '/' &&
        (size_t)snprintf(list->cache, PATH_SIZE, "%s/.cache", home) < PATH_SIZE)
        add(list, list->cache, TE_PRIVATE_DIR, TE_OURS);
    add(list, "/tmp", list->sub, TE_SHARED);
}

/* Errors that say nothing against a place: going on to the next would part us from others. */
static bool is_final(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ENOSPC ||
           error == -EDQUOT || error == -EIO;
}

static void put(int *fd, int new_fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = new_fd;
}

/* As te_place_look(), but 1 when the file of this boot is there, and only then with *fd. */
static int examine(const struct te_place *place, te_probe_fn *probe, int *fd, int *base)
{
    int rc = te_place_look(place, fd, base);

    if (rc || *fd < 0)
        return rc;
    rc = probe(*fd);
    if (!rc)
        return 1;
    put(fd, -1);
    return rc == -ENOENT || rc == TE_BAD ? 0 : rc;
}

/*
 * Looks for the file of this boot. The directory it is in, or -ENOENT, with *base as
 * te_dir_open() says, or -EACCES etc. when none could even be made.
 */
static int find(const struct places *list, te_probe_fn *probe, int *base)
{
    bool possible = false;
    int error = -ENOENT;

    *base = -1;
    for (const struct te_place *place = list->place; place < list->place + list->count; place++) {
        int fd, here, rc = examine(place, probe, &fd, &here);

        if (rc > 0 || is_final(rc)) {
            put(base, -1);
            return rc > 0 ? fd : rc;
        }
        if (!rc && !possible && place->trust != TE_SHARED)
            *base = here;
        else
            put(&here, -1);
        possible |= !rc;
        if (!rc && place->alone)
            break;
        /* A directory that is not there says nothing; one that is not safe should be named. */
        if (rc && error == -ENOENT)
            error = rc;
    }
    return possible || error == -ENOENT ? -ENOENT : te_file_errno(-error);
}

/* The directory in the first place where there is or can be one. */
static int make(const struct places *list)
{
    int error = -ENOENT;

    for (const struct te_place *place = list->place; place < list->place + list->count; place++) {
        int fd, base, rc = te_place_look(place, &fd, &base);
        bool alone = !rc && place->alone;

        if (!rc && fd < 0) {
            rc = fd = te_place_make(place, base);
            close(base);
        }
        if (fd >= 0)
            return fd;
        if (alone || is_final(rc))
            return te_file_errno(-rc);
        if (error == -ENOENT)
            error = rc;
    }
    return te_file_errno(-error);
}

int te_place_open(const char *dir, te_probe_fn *probe, bool create, int *base_out)
{
    struct places list;
    int base, rc;

    list_places(&list, dir);
    rc = find(&list, probe, &base);
    if (rc == -ENOENT && create) {
        put(&base, -1);
        rc = make(&list);
    }
    if (base_out)
        *base_out = base;
    else
        put(&base, -1);
    return rc;
}
