/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "owners-linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One process having one socket open; sorted by inode, then pid. */
struct holding {
    uint32_t inode, pid;
};

static struct holding *holdings;
static size_t holding_count, holding_room;

static struct owner *answer; /* of owners_of() */
static size_t answer_room;

void owners_free(void)
{
    free(holdings);
    free(answer);
    holdings = NULL;
    answer = NULL;
    holding_count = holding_room = answer_room = 0;
}

static int add_holding(uint32_t inode, uint32_t pid)
{
    if (holding_count == holding_room) {
        size_t room = holding_room ? 2 * holding_room : 256;
        struct holding *grown = realloc(holdings, room * sizeof(*grown));

        if (!grown)
            return -1;
        holdings = grown;
        holding_room = room;
    }
    holdings[holding_count++] = (struct holding){inode, pid};
    return 0;
}

static int holding_compare(const void *first, const void *second)
{
    const struct holding *a = first, *b = second;

    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* A directory below /proc/PID; NULL with errno. */
static DIR *open_process(const char *pid, const char *what)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, what);
    return opendir(path);
}

static int scan_process(const char *pid)
{
    DIR *dir = open_process(pid, "fd");
    struct dirent *entry;
    int result = 0;

    if (!dir)
        return 0; /* not ours to see, or just ended */
    while (!result && (entry = readdir(dir))) {
        char target[64], *end;
        ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
        unsigned long inode;

        if (length <= 8)
            continue;
        target[length] = 0;
        if (strncmp(target, "socket:[", 8))
            continue;
        inode = strtoul(target + 8, &end, 10);
        if (*end == ']' && inode && inode <= UINT32_MAX)
            result = add_holding((uint32_t)inode, (uint32_t)strtoul(pid, NULL, 10));
    }
    closedir(dir);
    return result;
}

/* Calls visit for each process; a non-zero return ends the walk. */
static int each_process(int (*visit)(const char *pid, void *arg), void *arg)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int result = 0;

    if (!proc)
        return 0;
    while (!result && (entry = readdir(proc)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            result = visit(entry->d_name, arg);
    closedir(proc);
    return result;
}

static int visit_scan(const char *pid, void *arg)
{
    (void)arg;
    return scan_process(pid);
}

int owners_load(struct failure *failure)
{
    size_t kept = 0;

    holding_count = 0;
    if (each_process(visit_scan, NULL))
        return fail_with(failure, TOOL_OTHER, "out of memory");
    if (holding_count)
        qsort(holdings, holding_count, sizeof(*holdings), holding_compare);
    /* A process may have a socket open more than once. */
    for (size_t i = 0; i < holding_count; i++)
        if (!kept || holding_compare(&holdings[kept - 1], &holdings[i]))
            holdings[kept++] = holdings[i];
    holding_count = kept;
    return TOOL_OK;
}

/* The start of a file below /proc/PID, as a string; "" and false on failure. */
static bool read_process(uint32_t pid, const char *what, char *text, size_t size)
{
    char path[64];
    ssize_t length = -1;
    int fd;

    snprintf(path, sizeof(path), "/proc/%u/%s", pid, what);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        length = read(fd, text, size - 1);
        close(fd);
    }
    text[length > 0 ? length : 0] = 0;
    return length >= 0;
}

static bool process_name(uint32_t pid, char name[PROCESS_MAX])
{
    bool known = read_process(pid, "comm", name, PROCESS_MAX);

    if (name[0] && name[strlen(name) - 1] == '\n')
        name[strlen(name) - 1] = 0;
    return known;
}

const struct owner *owners_of(uint32_t inode, size_t *count)
{
    size_t low = 0, high = holding_count, first;

    *count = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (holdings[middle].inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    for (first = low; low < holding_count && holdings[low].inode == inode; low++)
        ;
    if (low - first > answer_room) {
        struct owner *grown = realloc(answer, (low - first) * sizeof(*answer));

        if (!grown)
            return NULL; /* then unknown */
        answer = grown;
        answer_room = low - first;
    }
    for (size_t i = first; i < low; i++) {
        answer[i - first].pid = holdings[i].pid;
        process_name(holdings[i].pid, answer[i - first].name);
    }
    *count = low - first;
    return answer;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool owners_name_matches(uint32_t pid, const char *name)
{
    char text[PATH_MAX], path[64];
    ssize_t length;

    process_name(pid, text);
    if (!strcmp(text, name))
        return true;
    read_process(pid, "cmdline", text, sizeof(text));
    if (!strcmp(base_name(text), name))
        return true;
    snprintf(path, sizeof(path), "/proc/%u/exe", pid);
    length = readlink(path, text, sizeof(text) - 1);
    text[length > 0 ? length : 0] = 0;
    return !strcmp(base_name(text), name);
}

struct looked_for {
    uint32_t pid;
    const char *name;
    enum process_view view;
    bool nameless; /* there is a process whose name this user may not know */
};

static int visit_look(const char *text, void *arg)
{
    struct looked_for *look = arg;
    uint32_t pid = (uint32_t)strtoul(text, NULL, 10);
    char name[PROCESS_MAX];
    DIR *dir;

    if (look->pid && look->pid != pid)
        return 0;
    if (look->name[0] && !process_name(pid, name) && errno != ENOENT && errno != ESRCH) {
        look->nameless = true;
        return 0;
    }
    if (look->name[0] && !owners_name_matches(pid, look->name))
        return 0;
    dir = open_process(text, "fd");
    if (dir) {
        closedir(dir);
        look->view = PROCESS_VISIBLE;
        return 0;
    }
    if (errno == ENOENT) /* ended meanwhile */
        return 0;
    look->view = PROCESS_HIDDEN;
    return 1;
}

static bool exists(uint32_t pid)
{
    return pid <= INT32_MAX && (!kill((pid_t)pid, 0) || errno != ESRCH);
}

/*
 * /proc need not show every process (hidepid), nor be there. Whether there is one of that number
 * can be asked of the kernel all the same; of a name nothing is known then. Process 1 always is
 * there.
 */
static bool may_be_hidden(const struct looked_for *look)
{
    uint32_t pid = look->pid ? look->pid : 1;
    char name[PROCESS_MAX];

    return look->nameless || (exists(pid) && !process_name(pid, name));
}

enum process_view owners_process(uint32_t pid, const char *name)
{
    struct looked_for look = {pid, name, PROCESS_ABSENT, false};

    each_process(visit_look, &look);
    if (look.view == PROCESS_ABSENT && may_be_hidden(&look))
        look.view = PROCESS_HIDDEN;
    return look.view;
}
