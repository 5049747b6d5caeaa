/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients.h"
#include "closer.h"
#include "log.h"
#include "trust.h"

#define SECOND UINT64_C(1000000000)
#define SILENCE (5 * SECOND)
#define REST (SECOND / 10)

/* Connections of users that are not trusted: to tell them so. */
#define STRANGERS 2

/* As many as the kernel lets a message carry, so that it never drops one in our place. */
#define DESCRIPTORS_MAX 253

static int watch(const struct clients *clients, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

    return epoll_ctl(clients->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int clients_init(struct clients *clients)
{
    return watch(clients, clients->listener, &clients->listener);
}

static void drop(struct clients *clients, struct client *client)
{
    struct user *user = client->peer.user;

    request_forget(clients->collector, &client->peer);
    epoll_ctl(clients->epoll, EPOLL_CTL_DEL, client->fd, NULL);
    closer_close_socket(client->fd);
    if (client->previous)
        client->previous->next = client->next;
    else
        clients->first = client->next;
    if (client->next)
        client->next->previous = client->previous;
    clients->count--;
    user->clients--;
    users_put(&clients->collector->users, user);
    free(client);
}

void clients_free(struct clients *clients)
{
    while (clients->first)
        drop(clients, clients->first);
}

/* Whose messages carry what they should not is not listened to until that is closed. */
static void drop_user(struct clients *clients, const struct user *user)
{
    struct client *next;

    for (struct client *client = clients->first; client; client = next) {
        next = client->next;
        if (client->peer.user == user)
            drop(clients, client);
    }
}

static void greet(struct clients *clients, int fd)
{
    struct user *user = NULL;
    struct client *client;
    uid_t uid;
    bool trusted = trust_peer(fd, clients->group, &uid);

    if (clients->count >= CLIENTS_MAX || uid == (uid_t)-1 ||
        !(user = users_get(&clients->collector->users, uid)))
        goto fail;
    if (user->stuck || user->clients >= (trusted ? clients->per_user : STRANGERS)) {
        say_seldom(LOG_LEVEL_WARNING, "user %u has too many connections", (unsigned)uid);
        goto fail;
    }
    client = calloc(1, sizeof(*client));
    if (!client)
        goto fail;
    client->fd = fd;
    client->peer.user = user;
    client->peer.trusted = trusted;
    client->deadline_ns = clock_ns() + SILENCE;
    if (watch(clients, fd, client)) {
        free(client);
        goto fail;
    }
    client->next = clients->first;
    if (client->next)
        client->next->previous = client;
    clients->first = client;
    clients->count++;
    user->clients++;
    return;
fail:
    closer_close_socket(fd);
    if (user)
        users_put(&clients->collector->users, user);
}

void clients_accept(struct clients *clients)
{
    int fd = accept4(clients->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        greet(clients, fd);
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        /* Out of descriptors or memory: the listener stays readable, so look away for a while. */
        say_seldom(LOG_LEVEL_WARNING, "accept: %s", strerror(errno));
        epoll_ctl(clients->epoll, EPOLL_CTL_DEL, clients->listener, NULL);
        clients->rest_ns = clock_ns() + REST;
    }
}

/* --- requests --- */

union control {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
};

static unsigned descriptors_of(struct msghdr *message, int fds[static DESCRIPTORS_MAX])
{
    unsigned count = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        size_t size = c->cmsg_len - CMSG_LEN(0);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        if (size > (DESCRIPTORS_MAX - count) * sizeof(int))
            size = (DESCRIPTORS_MAX - count) * sizeof(int);
        memcpy(fds + count, CMSG_DATA(c), size);
        count += (unsigned)(size / sizeof(int));
    }
    return count;
}

static bool put(int fd, const struct te_collector_answer *answer, int map_fd)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.head = {.cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS,
                          .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec data = {(void *)(uintptr_t)answer, sizeof(*answer)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

    if (map_fd >= 0) {
        memcpy(CMSG_DATA(&control.head), &map_fd, sizeof(map_fd));
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.space);
    }
    /* Whoever has so many answers waiting that there is no room does not want them. */
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(*answer);
}

void clients_serve(struct clients *clients, struct client *client)
{
    static union control control;
    uint8_t buffer[sizeof(struct te_collector_request) + 1]; /* one that is too long shows */
    struct iovec data = {buffer, sizeof(buffer)};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct te_collector_answer answer;
    int fds[DESCRIPTORS_MAX], map_fd;
    unsigned count;
    ssize_t got = recvmsg(client->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR)
            drop(clients, client);
        return;
    }
    count = descriptors_of(&message, fds);
    if (count > 1 || (count == 1 && !namespace_is(fds[0])) || message.msg_flags & MSG_CTRUNC) {
        struct user *user = client->peer.user;

        say_seldom(LOG_LEVEL_WARNING, "user %u sent descriptors that are not his namespace",
                   (unsigned)user->uid);
        closer_close(user, fds, count);
        drop_user(clients, user);
        return;
    }
    if (got == 0 || !request_answer(clients->collector, &client->peer, buffer, (size_t)got,
                                    count ? fds[0] : -1, clients->count, &answer, &map_fd)) {
        if (got == 0 && count)
            close(fds[0]);
        drop(clients, client);
        return;
    }
    client->deadline_ns = 0;
    if (!put(client->fd, &answer, map_fd) || !client->peer.trusted)
        drop(clients, client);
}

uint64_t clients_tick(struct clients *clients, uint64_t now)
{
    uint64_t next = 0;
    struct client *after;

    if (clients->rest_ns && now >= clients->rest_ns) {
        clients->rest_ns = 0;
        watch(clients, clients->listener, &clients->listener);
    }
    next = clients->rest_ns;
    for (struct client *client = clients->first; client; client = after) {
        after = client->next;
        if (!client->deadline_ns)
            continue;
        if (now >= client->deadline_ns)
            drop(clients, client);
        else if (!next || client->deadline_ns < next)
            next = client->deadline_ns;
    }
    return next;
}
