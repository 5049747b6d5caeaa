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

#define PLACES_MAX 5

struct list {
    struct te_place place[PLACES_MAX];
    size_t count;
    char own_run[32], sub[32];
};

static void copy_path(char path[TE_PATH_SIZE], const char *value, const char *suffix)
{
    path[0] = '\0';
    if (value && value[0] == '/' &&
        snprintf(path, TE_PATH_SIZE, "%s%s", value, suffix) >= TE_PATH_SIZE)
        path[0] = '\0';
}

void te_places_init(struct te_places *places, const char *dir)
{
    places->dir = dir;
    copy_path(places->runtime, secure_getenv("XDG_RUNTIME_DIR"), "");
    copy_path(places->cache, secure_getenv("HOME"), "/.cache");
}

static void add_place(struct list *list, const char *path, const char *name, enum te_trust trust)
{
    list->place[list->count++] = (struct te_place){path, name, trust, false};
}

/* Also when it is spelled otherwise or mounted twice. */
static bool is_same_directory(const char *one, const char *other)
{
    struct stat a, b;

    return !strcmp(one, other) ||
           (!stat(one, &a) && !stat(other, &b) && a.st_ino == b.st_ino && a.st_dev == b.st_dev);
}

static void list_places(struct list *list, const struct te_places *places)
{
    unsigned uid = geteuid();

    list->count = 0;
    if (places->dir) {
        add_place(list, places->dir, TE_PRIVATE_DIR, TE_AS_TOLD);
        return;
    }
    snprintf(list->own_run, sizeof(list->own_run), "/run/user/%u", uid);
    snprintf(list->sub, sizeof(list->sub), TE_PRIVATE_DIR "-%u", uid);
    /* One that is not the usual one means to keep apart. */
    if (places->runtime[0] && !is_same_directory(places->runtime, list->own_run)) {
        add_place(list, places->runtime, TE_PRIVATE_DIR, TE_OURS);
        list->place[0].alone = true;
    }
    /* It outlives root's logins. */
    if (!uid)
        add_place(list, "/run", TE_PRIVATE_DIR, TE_OF_ROOT);
    add_place(list, list->own_run, TE_PRIVATE_DIR, TE_OURS);
    if (places->cache[0])
        add_place(list, places->cache, TE_PRIVATE_DIR, TE_OURS);
    add_place(list, "/tmp", list->sub, TE_SHARED);
}

/* Errors that say nothing against a place: going on to the next would part us from others. */
static bool is_final(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ENOSPC ||
           error == -EDQUOT || error == -EIO;
}

/* As te_place_look(), but 1 when the file of this boot is there, and only then with *fd. */
static int examine(const struct te_place *place, te_probe_fn *probe, int *fd)
{
    int base, rc = te_place_look(place, fd, &base);

    if (base >= 0)
        close(base);
    if (rc || *fd < 0)
        return rc;
    rc = probe(*fd);
    if (!rc)
        return 1;
    close(*fd);
    return rc == -ENOENT || rc == TE_BAD ? 0 : rc;
}

/* The directory with the file of this boot, or -ENOENT, or -EACCES etc. when none could be made. */
static int find_place(const struct list *list, te_probe_fn *probe)
{
    bool possible = false;
    int error = -ENOENT;

    for (const struct te_place *place = list->place; place < list->place + list->count; place++) {
        int fd, rc = examine(place, probe, &fd);

        if (rc > 0 || is_final(rc))
            return rc > 0 ? fd : rc;
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
static int make_place(const struct list *list)
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

int te_places_open(const struct te_places *places, te_probe_fn *probe, bool create)
{
    struct list list;
    int rc;

    list_places(&list, places);
    rc = find_place(&list, probe);
    return rc == -ENOENT && create ? make_place(&list) : rc;
}
