/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cgroup-linux.h"

#include <dirent.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend.h"

struct group {
    uint64_t id; /* the inode number of its directory; the kernel gives none twice */
    char *path;
};

static struct group *groups; /* by id */
static size_t count, room;
static char *mount;
static bool is_looked_up; /* mount */
static uint64_t walked_ns;

#define WALK_AGAIN_NS 1000000000

const char *cgroup_mount(void)
{
    FILE *mounts = is_looked_up ? NULL : setmntent("/proc/self/mounts", "re");
    struct mntent *entry;

    is_looked_up = true;
    while (mounts && !mount && (entry = getmntent(mounts)))
        if (!strcmp(entry->mnt_type, "cgroup2"))
            mount = strdup(entry->mnt_dir);
    if (mounts)
        endmntent(mounts);
    return mount;
}

static void add(uint64_t id, const char *path)
{
    if (count == room) {
        size_t larger = room ? 2 * room : 128;
        struct group *grown = realloc(groups, larger * sizeof(*grown));

        if (!grown)
            return;
        groups = grown;
        room = larger;
    }
    groups[count].id = id;
    groups[count].path = strdup(path);
    if (groups[count].path)
        count++;
}

/* The directory and all below it; path has room for CGROUP_PATH_MAX. Takes the descriptor over. */
static void walk(int fd, char *path)
{
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    size_t length = strlen(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
            length + strlen(entry->d_name) + 2 > CGROUP_PATH_MAX)
            continue;
        sprintf(path + length, "/%s", entry->d_name);
        add(entry->d_ino, path);
        walk(openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
        path[length] = 0;
    }
    if (dir)
        closedir(dir);
}

static int compare(const void *first, const void *second)
{
    const struct group *a = first, *b = second;

    return a->id < b->id ? -1 : a->id > b->id;
}

static void forget(void)
{
    for (size_t i = 0; i < count; i++)
        free(groups[i].path);
    count = 0;
}

static void walk_all(void)
{
    char path[CGROUP_PATH_MAX] = "";
    struct stat st;

    if (!cgroup_mount() || stat(mount, &st))
        return;
    forget();
    add(st.st_ino, "/");
    walk(open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
    if (count)
        qsort(groups, count, sizeof(*groups), compare);
}

static const char *find(uint64_t id)
{
    const struct group key = {.id = id}, *found = NULL;

    if (count)
        found = bsearch(&key, groups, count, sizeof(*groups), compare);
    return found ? found->path : NULL;
}

const char *cgroup_of_id(uint64_t id)
{
    const char *path = find(id);
    uint64_t now;

    if (path)
        return path;
    now = backend_now_ns();
    if (walked_ns && now - walked_ns < WALK_AGAIN_NS)
        return NULL;
    walked_ns = now;
    walk_all();
    return find(id);
}

bool cgroup_of_process(uint32_t pid, char path[CGROUP_PATH_MAX])
{
    char name[64], line[CGROUP_PATH_MAX + 16];
    bool found = false;
    FILE *file;

    snprintf(name, sizeof(name), "/proc/%u/cgroup", pid);
    file = fopen(name, "re");
    /* Version 2 is hierarchy 0, and has no controllers in its line. */
    while (file && !found && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = 0;
        found = !strncmp(line, "0::/", 4) && strlen(line + 3) < CGROUP_PATH_MAX;
        if (found)
            strcpy(path, line + 3);
    }
    if (file)
        fclose(file);
    return found;
}

bool cgroup_exists(const char *path)
{
    char whole[CGROUP_PATH_MAX + 256];
    struct stat st;

    return cgroup_mount() &&
           snprintf(whole, sizeof(whole), "%s%s", mount, path) < (int)sizeof(whole) &&
           !stat(whole, &st) && S_ISDIR(st.st_mode);
}

void cgroup_free(void)
{
    forget();
    free(groups);
    free(mount);
    groups = NULL;
    mount = NULL;
    room = 0;
    is_looked_up = false;
    walked_ns = 0;
}
