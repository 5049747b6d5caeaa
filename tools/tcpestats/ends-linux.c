/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ends.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "backend-linux.h"
#include "netns-linux.h"
#include "term.h"

/* Of all namespaces one that goes meanwhile hides no other. */
static bool may_pass(int error)
{
    return !error || netns_is_all();
}

int ends_look(struct failure *failure)
{
    netns_refresh();
    for (size_t i = 0; i < netns_count(); i++) {
        struct netns *space = netns_at(i);
        int error = space->ends ? 0 : tcpestats_ends_open(space->handle, &space->ends);

        if (!error)
            error = tcpestats_ends_look(space->ends);
        if (!may_pass(error))
            return netns_fail(failure, error);
    }
    return TOOL_OK;
}

size_t ends_poll(struct pollfd *fds, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < netns_count(); i++) {
        int fd = netns_at(i)->ends ? tcpestats_ends_fd(netns_at(i)->ends) : -1;

        if (fd >= 0 && count < room)
            fds[count] = (struct pollfd){fd, POLLIN, 0};
        count += fd >= 0;
    }
    return count;
}

struct visit {
    unsigned classes;
    int (*visit)(const struct ended *, void *);
    void *arg;
    uint32_t netns;
};

static int visit_end(const struct tcpestats_end *end, void *arg)
{
    const struct visit *to = arg;
    struct reading readings[TCPESTATS_CLASS_COUNT];
    struct ended ended = {
        .ending = (enum tcpestats_ending)end->ending,
        .time_ns = end->time_ns,
        .seen_ns = end->seen_ns,
        .unseen_ns = end->unseen_ns,
    };
    uint64_t cookie;

    conn_from_library(&ended.conn, to->netns, end->conn);
    /* The kernel has forgotten them. */
    ended.conn.has_uid = end->seen_ns != 0;
    memset(readings, 0, sizeof(readings));
    if (end->snapshot && !readings_from_library(end->snapshot, to->classes, readings, &cookie))
        ended.readings = readings;
    return to->visit(&ended, to->arg);
}

int ends_read(unsigned classes, int (*visit)(const struct ended *, void *), void *arg,
              uint64_t *lost, struct failure *failure)
{
    int result = 0;

    for (size_t i = 0; i < netns_count() && !result; i++) {
        struct netns *space = netns_at(i);
        struct visit to = {classes, visit, arg, space->number};
        uint64_t all = space->lost;

        if (!space->ends)
            continue;
        result = tcpestats_ended(space->ends, visit_end, &to, &all);
        *lost += all - space->lost;
        space->lost = all;
        if (result < 0 && may_pass(result))
            result = 0;
    }
    return result < 0 ? netns_fail(failure, result) : result;
}

/* What there is to read is read through one descriptor. Which there are may change with each look;
 * one that has been closed has left by itself. */
void ends_wake(bool on)
{
    static int epoll = -1;
    struct pollfd fds[64], *all = fds;
    size_t count = on ? ends_poll(fds, 64) : 0;

    if (on && epoll < 0)
        epoll = epoll_create1(EPOLL_CLOEXEC);
    if (count > 64)
        all = calloc(count, sizeof(*all));
    if (all && count > 64)
        ends_poll(all, count);
    for (size_t i = 0; all && i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN};

        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    if (all != fds)
        free(all);
    term_wake_on(on ? epoll : -1);
    if (!on && epoll >= 0) {
        close(epoll);
        epoll = -1;
    }
}
