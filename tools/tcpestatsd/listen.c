/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

#define FIRST 3 /* SD_LISTEN_FDS_START */
#define BACKLOG 128
#define TRIES 10
#define PAUSE_US 20000

static long number_of(const char *name)
{
    const char *text = getenv(name);
    char *end;
    long number;

    if (!text || *text < '0' || *text > '9')
        return -1;
    errno = 0;
    number = strtol(text, &end, 10);
    return *end || errno ? -1 : number;
}

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t len = sizeof(value);

    return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 ? value : -1;
}

void listen_refuse_descriptors(int fd)
{
    static const int off;

    setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off));
}

int listen_inherited(void)
{
    long pid = number_of("LISTEN_PID"), count = number_of("LISTEN_FDS");

    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (pid != (long)getpid() || count <= 0)
        return -ENOENT;
    if (count != 1 || option_of(FIRST, SO_DOMAIN) != AF_UNIX ||
        option_of(FIRST, SO_TYPE) != SOCK_SEQPACKET || option_of(FIRST, SO_ACCEPTCONN) != 1)
        return -EINVAL;
    if (fcntl(FIRST, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(FIRST, F_SETFL, fcntl(FIRST, F_GETFL) | O_NONBLOCK) != 0)
        return -errno;
    listen_refuse_descriptors(FIRST);
    return FIRST;
}

/* The directory that the path ends in, where it is the last one that is missing. */
static void make_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *directory = slash && slash != path ? strndup(path, (size_t)(slash - path)) : NULL;

    if (directory)
        mkdir(directory, 0755);
    free(directory);
}

static bool is_abandoned(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct stat st;
    bool refused = fd >= 0 && lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
                   connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
                   errno == ECONNREFUSED;

    if (fd >= 0)
        close(fd);
    return refused;
}

int listen_make(const char *path, gid_t group)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    bool shared = group != (gid_t)-1;
    int fd, status;
    mode_t mask;

    if (strlen(path) >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    make_directory(path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    listen_refuse_descriptors(fd);
    /* Nobody gets in before the group is set. */
    mask = umask(0177);
    status = bind(fd, (struct sockaddr *)&address, sizeof(address));
    /* One that has been killed just now needs a moment to be quite gone. */
    for (int i = 0; i < TRIES && status != 0 && errno == EADDRINUSE; i++) {
        if (i)
            usleep(PAUSE_US);
        if (!is_abandoned(&address))
            errno = EADDRINUSE;
        else if (unlink(path) == 0)
            status = bind(fd, (struct sockaddr *)&address, sizeof(address));
    }
    status = status ? -errno : 0;
    umask(mask);
    if (!status && ((shared && (chown(path, (uid_t)-1, group) != 0 || chmod(path, 0660) != 0)) ||
                    listen(fd, BACKLOG) != 0)) {
        status = -errno;
        unlink(path);
    }
    if (status) {
        close(fd);
        return status;
    }
    return fd;
}

void notify(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t length = path ? strlen(path) : 0;
    int fd;

    if (length < 2 || length >= sizeof(address.sun_path) || (*path != '/' && *path != '@'))
        return;
    memcpy(address.sun_path, path, length);
    if (*path == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
    close(fd);
}
