/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "kernel/netns.h"
#include "kernel/nlsock.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/*
 * A file of /proc/sys/net that every namespace has for itself, on every kernel since 2.6.25.
 * Reached through a directory opened in one namespace, it has a cached inode only for threads of
 * that namespace; all others are given a new one at each look. So the same number means the same
 * namespace, while a different one may also mean that the kernel has dropped its cache, which costs
 * a new socket and nothing else. This is a third of the price of asking for the namespace's link.
 */
#define SYSCTL_DIR "/proc/sys/net/ipv4"
#define SYSCTL_FILE "ip_forward"

static bool stat_nsfs(struct stat *st)
{
    char path[64];

    if (stat("/proc/thread-self/ns/net", st) == 0)
        return true;
    snprintf(path, sizeof(path), "/proc/self/task/%ld/ns/net", syscall(SYS_gettid));
    return stat(path, st) == 0;
}

uint64_t te_netns_identity(int sock)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);
    struct stat st;

    if (getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) == 0 && len == sizeof(cookie))
        return cookie;
    return stat_nsfs(&st) ? TE_NETNS_BY_INODE | st.st_ino : TE_NETNS_BY_INODE;
}

static bool remember_sysctl(struct te_netns_witness *w)
{
    struct stat dir, file;
    int fd = te_above_stderr(open(SYSCTL_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC));

    if (fd < 0)
        return false;
    if (fstat(fd, &dir) != 0 || fstatat(fd, SYSCTL_FILE, &file, 0) != 0) {
        close(fd);
        return false;
    }
    *w = (struct te_netns_witness){
        .kind = TE_NETNS_SYSCTL,
        .dir = fd,
        .dir_dev = dir.st_dev,
        .dir_ino = dir.st_ino,
        .dev = file.st_dev,
        .ino = file.st_ino,
    };
    return true;
}

void te_netns_remember(struct te_netns_witness *w)
{
    struct stat st;

    if (remember_sysctl(w))
        return;
    *w = (struct te_netns_witness){.kind = TE_NETNS_NONE, .dir = -1};
    if (stat_nsfs(&st)) {
        w->kind = TE_NETNS_NSFS;
        w->dev = st.st_dev;
        w->ino = st.st_ino;
    }
}

bool te_netns_unchanged(const struct te_netns_witness *w)
{
    struct stat st;

    switch (w->kind) {
    case TE_NETNS_SYSCTL:
        /* Whatever the number may be by now: only the right file has this device and inode. */
        if (fstatat(w->dir, SYSCTL_FILE, &st, 0) != 0)
            return false;
        break;
    case TE_NETNS_NSFS:
        if (!stat_nsfs(&st))
            return false;
        break;
    default:
        return false;
    }
    return st.st_dev == w->dev && st.st_ino == w->ino;
}

void te_netns_forget(struct te_netns_witness *w)
{
    struct stat st;

    /* Who else looks at that directory hardly opens it by path only. */
    if (w->kind == TE_NETNS_SYSCTL && fstat(w->dir, &st) == 0 && st.st_dev == w->dir_dev &&
        st.st_ino == w->dir_ino && fcntl(w->dir, F_GETFL) & O_PATH)
        close(w->dir);
    *w = (struct te_netns_witness){.kind = TE_NETNS_NONE, .dir = -1};
}
