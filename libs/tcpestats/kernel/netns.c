/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "kernel/netns.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define OWN_NAMESPACE "/proc/thread-self/ns/net"

uint64_t te_netns_identity(int sock)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);
    struct stat st;

    if (getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) == 0 && len == sizeof(cookie))
        return cookie;
    return stat(OWN_NAMESPACE, &st) == 0 ? TE_NETNS_BY_INODE | st.st_ino : TE_NETNS_BY_INODE;
}

/* A socket in a namespace, and that namespace's identity. */
struct made {
    int enter; /* the namespace's file, -1: stay */
    int domain, type, protocol;
    int fd; /* the socket, or a negative errno */
    uint64_t netns;
};

static void *make_socket(void *arg)
{
    struct made *made = arg;

    if (made->enter >= 0 && setns(made->enter, CLONE_NEWNET) != 0) {
        made->fd = -errno;
        return NULL;
    }
    made->fd = socket(made->domain, made->type | SOCK_CLOEXEC, made->protocol);
    made->fd = made->fd < 0 ? -errno : te_above_stderr(made->fd);
    if (made->fd >= 0)
        made->netns = te_netns_identity(made->fd);
    return NULL;
}

/* By a thread of its own, which takes the namespace with it when it ends. */
static void make_socket_there(struct made *made)
{
    struct te_guard guard;
    pthread_t thread;

    te_guard_enter(&guard);
    if (pthread_create(&thread, NULL, make_socket, made) == 0)
        pthread_join(thread, NULL);
    else
        made->fd = -ENOMEM;
    te_guard_leave(&guard);
}

int te_netns_socket(const struct te_netns *ns, int domain, int type, int protocol)
{
    struct made made = {.enter = -1, .domain = domain, .type = type, .protocol = protocol};

    make_socket(&made);
    if (made.fd < 0 || made.netns == ns->id)
        return made.fd;
    close(made.fd);
    made.fd = -EPERM;
    made.enter = ns->fd;
    if (made.enter >= 0)
        make_socket_there(&made);
    /* Whatever the number of the file names by now: only a socket in the right one is used. */
    if (made.fd >= 0 && made.netns != ns->id) {
        close(made.fd);
        return -EPERM;
    }
    return made.fd;
}

static bool is_own(int fd)
{
    struct stat own, other;

    return stat(OWN_NAMESPACE, &own) == 0 && fstat(fd, &other) == 0 && own.st_dev == other.st_dev &&
           own.st_ino == other.st_ino;
}

/* Any socket tells which namespace it is in. */
static int identify(struct te_netns *ns)
{
    struct made made = {.enter = -1, .domain = AF_UNIX, .type = SOCK_DGRAM};

    if (ns->fd < 0 || is_own(ns->fd)) {
        make_socket(&made);
    } else {
        made.enter = ns->fd;
        make_socket_there(&made);
    }
    if (made.fd < 0)
        return made.fd;
    close(made.fd);
    ns->id = made.netns;
    return 0;
}

int te_netns_init(struct te_netns *ns, int fd)
{
    int error;

    *ns = (struct te_netns)TE_NETNS_INIT;
    if (fd >= 0) {
        ns->fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (ns->fd < 0)
            return -errno;
    } else {
        /* Without it the handle is of use to threads that are in the namespace. */
        ns->fd = te_above_stderr(open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC));
        if (ns->fd == -EMFILE || ns->fd == -ENFILE)
            return ns->fd;
        ns->fd = ns->fd < 0 ? -1 : ns->fd;
    }
    error = identify(ns);
    if (error)
        te_netns_close(ns);
    return error;
}

void te_netns_close(struct te_netns *ns)
{
    if (ns->fd >= 0)
        close(ns->fd);
    *ns = (struct te_netns)TE_NETNS_INIT;
}
