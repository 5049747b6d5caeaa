/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netns-linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMED "/run/netns"
#define REFRESH_NS 100000000 /* no sooner than this after the last time */

static struct netns *spaces; /* live ones, then those that are gone */
static size_t count, live, room;
static uint32_t next_number;
static bool all, hidden;
static uint64_t refreshed_ns;
static int own_fd = -1; /* the program's own namespace */

int netns_fail(struct failure *failure, int error)
{
    static const struct {
        int error, code;
        const char *hint;
    } known[] = {
        {-ENOENT, TOOL_NOT_FOUND, " 'tcpestats list' shows those there are."},
        {-ESHUTDOWN, TOOL_NOT_FOUND, ""},
        {-EACCES, TOOL_NOT_PERMITTED, " See FILES in tcpestats(1)."},
        {-EPERM, TOOL_NOT_PERMITTED, " See FILES in tcpestats(1)."},
        {-EOPNOTSUPP, TOOL_NOT_SUPPORTED, " The module tcp_diag may be missing."},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].error == error)
            return fail_with(failure, known[i].code, "%s%s", tcpestats_strerror(error),
                             known[i].hint);
    return fail_with(failure, TOOL_OTHER, "%s", tcpestats_strerror(error));
}

static int fail_named(struct failure *failure, const char *netns, int error)
{
    switch (error) {
    case ENOENT:
    case ESRCH:
        return fail_with(failure, TOOL_NOT_FOUND, "there is no network namespace '%.64s'", netns);
    case EACCES:
    case EPERM:
        return fail_with(failure, TOOL_NOT_PERMITTED,
                         "only root may look into the network namespace '%.64s'", netns);
    case EINVAL:
        return fail_with(failure, TOOL_USAGE, "'%.64s' is no network namespace", netns);
    default:
        return fail_with(failure, TOOL_OTHER, "network namespace '%.64s': %s", netns,
                         strerror(error));
    }
}

/* A descriptor, or -1 with errno. */
static int open_named(const char *netns)
{
    bool is_path = strchr(netns, '/'), is_pid = !netns[strspn(netns, "0123456789")];
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s%s%s",
                 is_path  ? ""
                 : is_pid ? "/proc/"
                          : NAMED "/",
                 netns, is_pid && !is_path ? "/ns/net" : "") >= (int)sizeof(path)) {
        errno = ENOENT;
        return -1;
    }
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Room for one more; NULL: out of memory. It is not counted yet. */
static struct netns *new_space(void)
{
    if (count == room) {
        size_t larger = room ? 2 * room : 16;
        struct netns *grown = realloc(spaces, larger * sizeof(*grown));

        if (!grown)
            return NULL;
        spaces = grown;
        room = larger;
    }
    return &spaces[count];
}

static void let_go(struct netns *space)
{
    tcpestats_ends_close(space->ends);
    space->ends = NULL;
    tcpestats_close(space->handle);
    space->handle = NULL;
    if (space->socket >= 0)
        close(space->socket);
    space->socket = -1;
}

/* Opens a handle of the namespace, -1: the program's own. An errno of the library's, or 0. */
static int add_space(int fd, const struct stat *st, const char *name)
{
    struct tcpestats_options options = {
        .size = sizeof(options),
        .flags = fd >= 0 ? TCPESTATS_OPEN_NETNS : 0,
        .freshness_ms = TCPESTATS_FRESHNESS_MS,
        .netns_fd = fd,
    };
    struct netns *space = new_space();
    int error;

    if (!space)
        return -ENOMEM;
    *space = (struct netns){.number = next_number, .is_live = true, .socket = -1};
    if (st) {
        space->dev = st->st_dev;
        space->inode = st->st_ino;
    }
    snprintf(space->name, sizeof(space->name), "%s", name);
    error = tcpestats_open(&space->handle, &options);
    if (error)
        return error;
    next_number++;
    count++;
    return 0;
}

int netns_open(const char *name, struct failure *failure)
{
    int fd, error;

    if (!name) {
        error = add_space(-1, NULL, "");
        live = count;
        return error ? netns_fail(failure, error) : TOOL_OK;
    }
    fd = open_named(name);
    if (fd < 0)
        return fail_named(failure, name, errno);
    error = -add_space(fd, NULL, name);
    live = count;
    /*
     * For what has no handle: the names of interfaces, and links. Who has a handle and may not
     * enter is there.
     */
    if (!error && setns(fd, CLONE_NEWNET) && errno != EPERM)
        error = errno;
    close(fd);
    return error ? fail_named(failure, name, error) : TOOL_OK;
}

/* ---- All of them ---- */

/* A socket in the namespace; the program comes back. */
static int socket_in(int fd)
{
    int made;

    if (own_fd < 0 || setns(fd, CLONE_NEWNET))
        return -1;
    made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (setns(own_fd, CLONE_NEWNET))
        abort(); /* what follows would be said of the wrong one */
    return made;
}

static struct netns *find_same(const struct stat *st)
{
    for (size_t i = 0; i < count; i++)
        if (spaces[i].handle && spaces[i].dev == st->st_dev && spaces[i].inode == st->st_ino)
            return &spaces[i];
    return NULL;
}

/* Takes in the namespace of this file, if it is one that is not known yet. */
static void take_in(int dir, const char *file, const char *name)
{
    struct stat st, opened;
    struct netns *same;
    int fd;

    if (fstatat(dir, file, &st, 0)) {
        hidden |= errno == EACCES || errno == EPERM;
        return;
    }
    same = find_same(&st);
    if (same) {
        /* The first name that is found counts: those below /run/netns are looked at first. */
        if (!same->is_live)
            snprintf(same->name, sizeof(same->name), "%s", name);
        same->is_live = true;
        return;
    }
    fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        hidden |= errno == EACCES || errno == EPERM;
        return;
    }
    if (!fstat(fd, &opened) && opened.st_dev == st.st_dev && opened.st_ino == st.st_ino) {
        int error = add_space(fd, &st, name);

        hidden |= error == -EPERM;
        if (!error)
            spaces[count - 1].socket = socket_in(fd);
    }
    close(fd);
}

static void look_at_named(void)
{
    DIR *dir = opendir(NAMED);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            take_in(dirfd(dir), entry->d_name, entry->d_name);
    if (dir)
        closedir(dir);
}

/* The kernel lists processes by number, so the lowest names the namespace. */
static void look_at_processes(void)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    char file[300];

    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        snprintf(file, sizeof(file), "%s/ns/net", entry->d_name);
        take_in(dirfd(dir), file, entry->d_name);
    }
    if (dir)
        closedir(dir);
}

static int live_first(const void *first, const void *second)
{
    const struct netns *a = first, *b = second;

    if (a->is_live != b->is_live)
        return a->is_live ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

void netns_refresh(void)
{
    uint64_t now = backend_now_ns();
    size_t kept = 0;

    if (!all || (refreshed_ns && now - refreshed_ns < REFRESH_NS))
        return;
    refreshed_ns = now;
    /* Those that were gone the last time have been spoken of. */
    for (size_t i = 0; i < count; i++)
        if (spaces[i].handle)
            spaces[kept++] = spaces[i];
    count = kept;
    for (size_t i = 0; i < count; i++)
        spaces[i].is_live = false;
    hidden = false;
    look_at_named();
    look_at_processes();
    qsort(spaces, count, sizeof(*spaces), live_first);
    for (live = 0; live < count && spaces[live].is_live; live++)
        ;
    /* A handle would keep the namespace itself alive. */
    for (size_t i = live; i < count; i++)
        let_go(&spaces[i]);
}

/* Two descriptors for each, and some while they are asked. */
static void allow_descriptors(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int netns_open_all(struct failure *failure)
{
    struct stat st;
    int error;

    allow_descriptors();
    all = true;
    own_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own_fd < 0 || fstat(own_fd, &st))
        return fail_with(failure, TOOL_NOT_SUPPORTED,
                         "/proc/self/ns/net is missing: is /proc mounted here?");
    error = add_space(-1, &st, "-");
    if (error)
        return netns_fail(failure, error);
    spaces[0].socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    netns_refresh();
    return TOOL_OK;
}

void netns_close(void)
{
    for (size_t i = 0; i < count; i++)
        let_go(&spaces[i]);
    free(spaces);
    spaces = NULL;
    count = live = room = 0;
    if (own_fd >= 0)
        close(own_fd);
    own_fd = -1;
}

bool netns_is_all(void)
{
    return all;
}

bool netns_has_hidden(void)
{
    return hidden;
}

size_t netns_count(void)
{
    return live;
}

struct netns *netns_at(size_t i)
{
    return &spaces[i];
}

struct netns *netns_find(uint32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (spaces[i].number == number)
            return &spaces[i];
    return NULL;
}
