/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets the daemon up, gives up what it took to do that, and waits for work. */
#include <errno.h>
#include <grp.h>
#include <linux/magic.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "clients.h"
#include "closer.h"
#include "listen.h"
#include "log.h"
#include "options.h"
#include "privileges.h"
#include "status.h"

#define SECOND UINT64_C(1000000000)
#define MS UINT64_C(1000000)

static struct daemon {
    struct options options;
    struct collector collector;
    struct clients clients;
    bool inherited;
    int signals, closer;
    uint64_t idle_ns; /* since then nothing is enabled and nobody connected, 0: that is not so */
} the;

static bool fail(const char *what, int status)
{
    say(LOG_LEVEL_ERROR, "%s: %s", what, strerror(-status));
    return false;
}

static gid_t group_of(const char *name)
{
    struct group *group = getgrnam(name);

    if (!group)
        say(LOG_LEVEL_WARNING, "there is no group '%s': only root may use the collector", name);
    return group ? group->gr_gid : (gid_t)-1;
}

static const char *user_of(const struct options *options)
{
    if (options->user || geteuid() != 0)
        return options->user;
    return getpwnam("tcpestatsd") ? "tcpestatsd" : "nobody";
}

static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool listen_somewhere(gid_t group)
{
    const char *path = "the socket that I was started with";
    int fd = listen_inherited();

    the.inherited = fd >= 0;
    if (fd == -ENOENT) {
        path = the.options.socket ? the.options.socket : TE_COLLECTOR_SOCKET;
        fd = listen_make(path, group);
    }
    if (fd < 0)
        return fail(path, fd);
    the.clients.listener = fd;
    return true;
}

/* Better to say so than to attach in a place where nothing is seen. */
static bool cgroup_is_right(const char *path)
{
    struct statfs fs;

    if (!path || (statfs(path, &fs) == 0 && (uint32_t)fs.f_type == CGROUP2_SUPER_MAGIC))
        return true;
    say(LOG_LEVEL_ERROR, "--cgroup=%s: that is no directory of cgroup2", path);
    return false;
}

static bool watch(int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

    return fd >= 0 && epoll_ctl(the.clients.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool watch_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    the.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return watch(the.signals, &the.signals);
}

static bool set_up(void)
{
    struct collector_options options = {
        .records = (uint32_t)the.options.records,
        .quota = (uint32_t)the.options.quota,
        .lease = the.options.lease * SECOND,
        .cgroup = the.options.cgroup,
    };
    const char *user = user_of(&the.options);
    int status;

    if (!cgroup_is_right(the.options.cgroup))
        return false;
    allow_descriptors();
    the.clients.group = group_of(the.options.group);
    the.clients.per_user = (uint32_t)the.options.clients;
    the.clients.collector = &the.collector;
    the.clients.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (the.clients.epoll < 0 || !watch_signals())
        return fail("epoll", -errno);
    if (!listen_somewhere(the.clients.group))
        return false;
    /* Before there is anything that it should not have. */
    the.closer = closer_start(the.clients.listener, !the.inherited, user);
    if (the.closer < 0)
        return fail("the process that closes", the.closer);
    status = collector_init(&the.collector, &options);
    if (status)
        return fail("the programs could not be loaded", status);
    status = privileges_drop(user, programs_capabilities);
    if (status)
        return fail(user ? user : "privileges", status);
    if (!watch(the.closer, &the.closer) ||
        !watch(programs_dead_fd(the.collector.programs), &the.collector))
        return fail("epoll", -errno);
    status = clients_init(&the.clients);
    return status ? fail("epoll", status) : true;
}

static void handle(void *what)
{
    if (what == &the.clients.listener)
        clients_accept(&the.clients);
    else if (what == &the.collector)
        collector_reap(&the.collector);
    else if (what == &the.closer)
        clients_collect(&the.clients);
    else
        clients_serve(&the.clients, what);
}

/*
 * A client that sits idle keeps what it has mapped, and would keep it of each daemon that came and
 * went; so the daemon stays while it has clients, though it has nothing to do for them.
 */
static bool is_idle(uint64_t now, uint64_t *next)
{
    uint64_t end;

    if (!the.inherited || !the.options.idle_exit)
        return false;
    if (the.collector.ledger.in_use || the.clients.count) {
        the.idle_ns = 0;
        return false;
    }
    if (!the.idle_ns)
        the.idle_ns = now;
    end = the.idle_ns + the.options.idle_exit * SECOND;
    if (!*next || end < *next)
        *next = end;
    return now >= end;
}

static int milliseconds(uint64_t now, uint64_t next)
{
    if (!next)
        return -1;
    return next <= now ? 0 : (int)((next - now) / MS) + 1;
}

/*
 * One event at a time: handling one may free what another is about. False: something has failed
 * that nothing can be done about.
 */
static bool work(void)
{
    while (!the.clients.lost) {
        uint64_t now = clock_ns(), next = collector_tick(&the.collector, now);
        uint64_t other = clients_tick(&the.clients, now);
        struct epoll_event event;
        bool idle;
        int count;

        if (!next || (other && other < next))
            next = other;
        idle = is_idle(now, &next);
        count = epoll_wait(the.clients.epoll, &event, 1, idle ? 0 : milliseconds(now, next));
        if (count == 0 && idle) {
            say(LOG_LEVEL_INFO, "nothing is enabled, nobody connected: ending until I am needed");
            return true;
        }
        if (count > 0 && event.data.ptr == &the.signals)
            return true;
        if (count > 0)
            handle(event.data.ptr);
    }
    say(LOG_LEVEL_ERROR, "the process that closes clients' sockets does not answer");
    return false;
}

static void take_down(void)
{
    notify("STOPPING=1");
    /* A socket that nobody else has takes nobody any more, and nobody is left waiting in it. */
    if (!the.inherited) {
        unlink(the.options.socket ? the.options.socket : TE_COLLECTOR_SOCKET);
        shutdown(the.clients.listener, SHUT_RDWR);
        while (!the.clients.lost && clients_accept(&the.clients))
            ;
    }
    close(the.clients.listener);
    clients_free(&the.clients);
    collector_free(&the.collector);
}

int main(int argc, char **argv)
{
    bool well;

    if (!options_parse(&the.options, argc, argv))
        return 2;
    if (the.options.help) {
        options_help();
        return 0;
    }
    if (the.options.version) {
        printf("tcpestatsd %s\n", TCPESTATS_VERSION);
        return 0;
    }
    if (the.options.status)
        return status_print(the.options.socket ? the.options.socket : TE_COLLECTOR_SOCKET,
                            the.options.json);
    if (!set_up())
        return 1;
    notify("READY=1");
    say(LOG_LEVEL_INFO, "collecting for %u connections at most", the.collector.ledger.records);
    well = work();
    take_down();
    return well ? 0 : 1;
}
