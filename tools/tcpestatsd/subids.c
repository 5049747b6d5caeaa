/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "subids.h"

#define FILE_NAME "/etc/subuid"
#define RANGES_MAX 65536
#define ROOTS_RANGE (UINT64_C(1) << 32)

static struct range {
    uint64_t first, count, account;
} * ranges;
static size_t count;

/* A line is NAME:FIRST:COUNT; the name may be a number. */
static bool parse(const char *line, struct range *range)
{
    unsigned long long first, size, owner;
    struct passwd *user;
    char name[64], *end;

    if (sscanf(line, "%63[^:]:%llu:%llu", name, &first, &size) != 3 || first > UINT32_MAX)
        return false;
    user = getpwnam(name);
    owner = user ? user->pw_uid : strtoull(name, &end, 10);
    if (!user && (end == name || *end || owner > UINT32_MAX))
        return false;
    *range = (struct range){first, size, owner ? owner : (ROOTS_RANGE | first)};
    return true;
}

static void load(FILE *file)
{
    struct range *more = NULL;
    char line[256];
    size_t room = 0;

    count = 0;
    while (count < RANGES_MAX && fgets(line, sizeof(line), file)) {
        if (count == room) {
            room += 256;
            more = realloc(ranges, room * sizeof(*ranges));
            if (!more)
                return;
            ranges = more;
        }
        count += parse(line, &ranges[count]);
    }
}

/* Read again when it has changed. */
static void refresh(void)
{
    static struct timespec changed;
    static ino_t inode;
    struct stat st;
    FILE *file;

    if (stat(FILE_NAME, &st) != 0) {
        count = 0;
        inode = 0;
        return;
    }
    if (st.st_ino == inode && st.st_ctim.tv_sec == changed.tv_sec &&
        st.st_ctim.tv_nsec == changed.tv_nsec)
        return;
    file = fopen(FILE_NAME, "re");
    if (!file)
        return;
    inode = st.st_ino;
    changed = st.st_ctim;
    load(file);
    fclose(file);
}

uint64_t subids_account(uid_t uid)
{
    if (uid == 0)
        return 0;
    refresh();
    for (size_t i = 0; i < count; i++)
        if (uid >= ranges[i].first && uid - ranges[i].first < ranges[i].count)
            return ranges[i].account;
    return uid;
}
