/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "since.h"

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_CS UINT64_C(10000000)

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t lk_now(void)
{
    return clock_ns(CLOCK_BOOTTIME);
}

static bool read_line(int dir, const char *path, char *text, size_t size)
{
    int fd = te_above_stderr(openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    ssize_t got;

    if (fd < 0)
        return false;
    got = read(fd, text, size - 1);
    close(fd);
    if (got <= 0)
        return false;
    text[got] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return true;
}

/* Each namespace has its own file by that name, and so its own inode; anybody may ask for it. */
static bool same_netns(long pid)
{
    char path[64];
    struct stat theirs, ours;

    snprintf(path, sizeof(path), "/proc/%ld/net/dev", pid);
    return !stat(path, &theirs) && !stat("/proc/thread-self/net/dev", &ours) &&
           theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

/* Of a running pppd: since when it runs, on lk_now()'s clock. */
static bool pppd_start(long pid, uint64_t *start)
{
    char path[64], text[1024], *at;
    long per_second = sysconf(_SC_CLK_TCK);
    unsigned long long ticks;

    snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
    if (!read_line(AT_FDCWD, path, text, sizeof(text)) || per_second <= 0)
        return false;
    at = strstr(text, " (pppd) ");
    if (!at)
        return false;
    at += strlen(" (pppd) ");
    /* The third field stands there, the 22nd is wanted. */
    for (int field = 3; field < 22 && at; field++) {
        at = strchr(at, ' ');
        at += at != NULL;
    }
    if (!at || sscanf(at, "%llu", &ticks) != 1)
        return false;
    *start = ticks / (unsigned long)per_second * NS_PER_S +
             ticks % (unsigned long)per_second * (NS_PER_S / (unsigned long)per_second);
    return true;
}

bool lk_pppd_age(const char *run, const char *name, uint64_t *age)
{
    char path[256], text[32], *end;
    struct stat sb;
    uint64_t written, now, start, running;
    long pid;

    if ((size_t)snprintf(path, sizeof(path), "%s/%s.pid", run, name) >= sizeof(path) ||
        !read_line(AT_FDCWD, path, text, sizeof(text)) || stat(path, &sb))
        return false;
    pid = strtol(text, &end, 10);
    if (end == text || pid <= 1 || !pppd_start(pid, &start) || !same_netns(pid))
        return false;
    written = (uint64_t)sb.st_mtim.tv_sec * NS_PER_S + (uint64_t)sb.st_mtim.tv_nsec;
    now = clock_ns(CLOCK_REALTIME);
    *age = now > written ? now - written : 0;
    /* The wall clock may have been set since then. */
    now = lk_now();
    running = now > start ? now - start : 0;
    if (*age > running)
        *age = running;
    return true;
}

static bool address_age(struct lk_ask *ask, uint32_t index, uint64_t *age)
{
    uint32_t created, now, since;

    if (lk_ask_oldest_address(ask, index, &created))
        return false;
    now = (uint32_t)(clock_ns(CLOCK_MONOTONIC) / NS_PER_CS);
    since = now - created;
    *age = since > UINT32_MAX / 2 ? 0 : since * NS_PER_CS;
    return true;
}

uint64_t lk_since(struct lk_ask *ask, const struct lk_link *link, enum lk_since *since)
{
    uint64_t now = lk_now(), age = 0, other;

    *since = LK_SINCE_SIGHT;
    if (address_age(ask, link->index, &other) && other < now) {
        age = other;
        *since = LK_SINCE_ADDRESS;
    }
    if (!strcmp(link->kind, "ppp") && lk_pppd_age("/run", link->name, &other) && other < now &&
        other >= age) {
        age = other;
        *since = LK_SINCE_PPPD;
    }
    return now - age;
}

const char *lk_since_name(enum lk_since since)
{
    static const char *const names[] = {[LK_SINCE_SIGHT] = "first look",
                                        [LK_SINCE_ADDRESS] = "oldest address",
                                        [LK_SINCE_PPPD] = "pppd"};

    return (unsigned int)since < sizeof(names) / sizeof(names[0]) ? names[since] : "";
}
