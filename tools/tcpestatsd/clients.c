/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients.h"
#include "listen.h"
#include "log.h"
#include "trust.h"

#define SECOND UINT64_C(1000000000)
#define SILENCE (5 * SECOND)
#define REST (SECOND / 10)

#define ROOTS_SHARE 64   /* connections that nobody else gets */
#define PART 16          /* of what is left a user gets one of so many, and one */
#define STRANGERS_ALL 32 /* for those who are not trusted, all together: to tell them so */
#define STRANGERS 2      /* and each */
#define CLOSING 64       /* of an account's, beside those that are open */
#define SPARE 64         /* descriptors for other things than clients */

static int watch(const struct clients *clients, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

    return epoll_ctl(clients->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int clients_init(struct clients *clients)
{
    struct rlimit limit;

    clients->seat_count = CLOSER_KEEPS;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < CLOSER_KEEPS + SPARE)
        clients->seat_count = limit.rlim_cur > SPARE ? (uint32_t)limit.rlim_cur - SPARE : 0;
    return watch(clients, clients->listener, &clients->listener);
}

/* --- seats --- */

/*
 * Nobody but root gets more than a small part of what is left for others, so that the next one
 * finds some, however many have taken all that they could get.
 */
static bool has_seat(const struct clients *clients, const struct user *user, bool trusted)
{
    const struct account *account = user->account;
    uint32_t free = CLIENTS_MAX - clients->count, left;

    if (trusted && user_is_root(user))
        return free != 0;
    left = free > ROOTS_SHARE ? free - ROOTS_SHARE : 0;
    if (!trusted)
        return account->clients < STRANGERS && clients->strangers < STRANGERS_ALL && left;
    return left && account->clients < clients->per_user && account->clients < left / PART + 1 &&
           account->seats < clients->per_user + CLOSING;
}

static uint32_t free_seat(const struct clients *clients)
{
    uint32_t number = 0;

    while (clients->seats[number].user)
        number++;
    return number;
}

static void take_seat(struct clients *clients, uint32_t number, struct user *user, bool trusted)
{
    users_use(user);
    user->account->seats++;
    clients->seats[number] = (struct seat){user, !trusted};
    clients->taken++;
    clients->strangers += !trusted;
}

static void leave_seat(void *arg, uint32_t number)
{
    struct clients *clients = arg;
    struct seat *seat = &clients->seats[number];

    if (!seat->user)
        return;
    clients->taken--;
    clients->strangers -= seat->stranger;
    seat->user->account->seats--;
    users_put(&clients->collector->users, seat->user);
    seat->user = NULL;
}

void clients_collect(struct clients *clients)
{
    if (!closer_collect(leave_seat, clients))
        clients->lost = true;
}

/* --- coming and going --- */

/* The client sees the end at once; what it has sent goes when the closer is through. */
static void let_go(struct clients *clients, uint32_t seat, int fd)
{
    shutdown(fd, SHUT_RDWR);
    close(fd);
    if (!closer_close(seat, clients->seats[seat].user->account->id))
        clients->lost = true;
}

static void drop(struct clients *clients, struct client *client)
{
    struct user *user = client->peer.user;

    request_forget(clients->collector, &client->peer);
    epoll_ctl(clients->epoll, EPOLL_CTL_DEL, client->fd, NULL);
    let_go(clients, client->seat, client->fd);
    if (client->previous)
        client->previous->next = client->next;
    else
        clients->first = client->next;
    if (client->next)
        client->next->previous = client->previous;
    clients->count--;
    user->account->clients--;
    users_put(&clients->collector->users, user);
    free(client);
}

void clients_free(struct clients *clients)
{
    while (clients->first)
        drop(clients, clients->first);
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
    /*
     * A client that has so many answers waiting that there is no room does not want them. One that
     * has gone may have left more requests, which are carried out all the same.
     */
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(*answer) ||
           errno == EPIPE || errno == ECONNRESET;
}

/* Whoever finds no seat is told so, rather than left to guess. */
static void turn_away(int fd)
{
    const struct te_collector_answer answer = {
        .magic = TE_COLLECTOR_MAGIC,
        .protocol = TE_COLLECTOR_PROTOCOL,
        .call = TE_COLLECTOR_REFUSED,
        .error = -ENOSPC,
    };

    put(fd, &answer, -1);
}

static void greet(struct clients *clients, uint32_t seat, int fd, struct user *user, bool trusted)
{
    struct client *client = calloc(1, sizeof(*client));

    if (!client || watch(clients, fd, client)) {
        free(client);
        let_go(clients, seat, fd);
        return;
    }
    client->fd = fd;
    client->seat = seat;
    client->peer.socket = fd;
    client->peer.user = user;
    client->peer.trusted = trusted;
    client->deadline_ns = clock_ns() + SILENCE;
    client->next = clients->first;
    if (client->next)
        client->next->previous = client;
    clients->first = client;
    clients->count++;
    users_use(user);
    user->account->clients++;
}

static void receive(struct clients *clients, uint32_t seat, int fd)
{
    struct user *user;
    uid_t uid;
    bool trusted = trust_peer(fd, clients->group, &uid), welcome;

    listen_refuse_descriptors(fd);
    user = users_get(&clients->collector->users, uid);
    if (!user) { /* out of memory */
        clients->lost = true;
        return;
    }
    welcome = has_seat(clients, user, trusted);
    take_seat(clients, seat, user, trusted);
    if (welcome) {
        greet(clients, seat, fd, user, trusted);
    } else {
        say_seldom(LOG_LEVEL_WARNING, "user %u has too many connections", (unsigned)uid);
        turn_away(fd);
        let_go(clients, seat, fd);
    }
    users_put(&clients->collector->users, user);
}

static void rest(struct clients *clients)
{
    epoll_ctl(clients->epoll, EPOLL_CTL_DEL, clients->listener, NULL);
    clients->rest_ns = clock_ns() + REST;
}

bool clients_accept(struct clients *clients)
{
    uint32_t seat;
    int fd;

    /* As long as nothing can be closed nothing can be opened. */
    if (clients->taken >= clients->seat_count) {
        rest(clients);
        return false;
    }
    seat = free_seat(clients);
    fd = closer_accept(seat);
    if (fd >= 0) {
        receive(clients, seat, fd);
    } else if (fd == -EPIPE) {
        clients->lost = true;
    } else if (fd != -EAGAIN && fd != -EINTR && fd != -ECONNABORTED && fd != -EINVAL) {
        /* Out of descriptors or memory: the listener stays readable, so look away for a while. */
        say_seldom(LOG_LEVEL_WARNING, "accept: %s", strerror(-fd));
        rest(clients);
    }
    return fd >= 0;
}

/* --- requests --- */

/*
 * Looks at the next message before it is taken: one with descriptors is not, since they would be
 * ours to close then. False: it has some.
 */
static bool is_clean(int fd, ssize_t *size)
{
    uint8_t buffer[sizeof(struct te_collector_request) + 1]; /* one that is too long shows */
    struct iovec data = {buffer, sizeof(buffer)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

    *size = recvmsg(fd, &message, MSG_DONTWAIT | MSG_PEEK);
    return *size < 0 || !(message.msg_flags & MSG_CTRUNC);
}

void clients_serve(struct clients *clients, struct client *client)
{
    uint8_t buffer[sizeof(struct te_collector_request) + 1];
    struct te_collector_answer answer;
    ssize_t got;
    int map_fd;

    if (!is_clean(client->fd, &got)) {
        say_seldom(LOG_LEVEL_WARNING, "user %u sent descriptors", (unsigned)client->peer.user->uid);
        drop(clients, client);
        return;
    }
    if (got > 0)
        got = recv(client->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0 || !request_answer(clients->collector, &client->peer, buffer, (size_t)got,
                                    clients->count, &answer, &map_fd)) {
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
