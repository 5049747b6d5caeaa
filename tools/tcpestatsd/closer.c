/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "closer.h"
#include "privileges.h"

#define PATIENCE_S 5 /* it does nothing that takes time */
#define RETRY_MS 100 /* when no process could be made */

enum what { ACCEPT, CLOSE };

struct order {
    uint32_t what, number;
    uint64_t account;
};

union control {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
};

/* --- the daemon's side --- */

static int orders = -1, news = -1;

static bool send_order(const struct order *order)
{
    ssize_t sent;

    do
        sent = send(orders, order, sizeof(*order), MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof(*order);
}

int closer_accept(uint32_t number)
{
    union control control;
    int32_t status;
    struct iovec data = {&status, sizeof(status)};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t got;
    int fd;

    if (!send_order(&(struct order){.what = ACCEPT, .number = number}))
        return -EPIPE;
    do
        got = recvmsg(orders, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(status))
        return -EPIPE;
    if (status)
        return status;
    if (message.msg_controllen < CMSG_LEN(sizeof(int))) {
        /* There is none for us; it has its own, under a number that means nothing. */
        closer_close(number, number);
        return -EMFILE;
    }
    memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
    return fd;
}

bool closer_close(uint32_t number, uint64_t account)
{
    return send_order(&(struct order){CLOSE, number, account});
}

bool closer_collect(void (*closed)(void *arg, uint32_t number), void *arg)
{
    uint32_t numbers[64];
    ssize_t got = read(news, numbers, sizeof(numbers));

    for (ssize_t i = 0; i < got / (ssize_t)sizeof(numbers[0]); i++)
        closed(arg, numbers[i]);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* --- its own --- */

static struct kept {
    enum { FREE, OPEN, DUE, LEAVING, CLOSING } state;
    int fd;
    uint64_t account;
    pid_t pid; /* of the child that closes it */
} kept[CLOSER_KEEPS];

static int listener, in = -1, out = -1; /* where orders come, and news go */
static bool ours;

static bool is_due(const struct kept *k, uint64_t account)
{
    return k->state == DUE && k->account == account;
}

/*
 * Closes what is not its to close while its parent still has that, so that it waits for nobody
 * else; says so, and waits until it has its own for itself.
 */
static void be_child(uint64_t account, int ready, int go)
{
    char byte = 0;

    close(in);
    close(out);
    close(listener);
    for (int i = 0; i < CLOSER_KEEPS; i++)
        if (kept[i].state == OPEN || (kept[i].state == DUE && !is_due(&kept[i], account)))
            close(kept[i].fd);
    if (write(ready, &byte, 1) == 1)
        while (read(go, &byte, 1) < 0 && errno == EINTR)
            ;
    for (int i = 0; i < CLOSER_KEEPS; i++)
        if (is_due(&kept[i], account))
            close(kept[i].fd);
    _exit(0);
}

/* The child that is being made; only one at a time, and nothing waits for it. */
static struct {
    pid_t pid;     /* 0: none */
    int ready, go; /* readable when it is; closed to let it go on */
} child;

static bool is_closing(uint64_t account)
{
    for (int i = 0; i < CLOSER_KEEPS; i++)
        if (kept[i].state >= LEAVING && kept[i].account == account)
            return true;
    return false;
}

/* False: not now. */
static bool make_child(uint64_t account)
{
    int ready[2], go[2];

    if (pipe2(ready, O_CLOEXEC) != 0)
        return false;
    if (pipe2(go, O_CLOEXEC) != 0) {
        close(ready[0]);
        close(ready[1]);
        return false;
    }
    child.pid = fork();
    if (child.pid == 0) {
        close(ready[0]);
        close(go[1]);
        be_child(account, ready[1], go[0]);
    }
    close(ready[1]);
    close(go[0]);
    child.ready = ready[0];
    child.go = go[1];
    for (int i = 0; i < CLOSER_KEEPS && child.pid > 0; i++) {
        if (!is_due(&kept[i], account))
            continue;
        kept[i].state = LEAVING;
        kept[i].pid = child.pid;
    }
    if (child.pid > 0)
        return true;
    child.pid = 0;
    close(child.ready);
    close(child.go);
    return false;
}

/* For one account that has none yet. False: that could not be done. */
static bool close_due(void)
{
    for (int i = 0; i < CLOSER_KEEPS && !child.pid; i++)
        if (kept[i].state == DUE && !is_closing(kept[i].account))
            return make_child(kept[i].account);
    return true;
}

/* It has what is its own to close, and nothing else: now that is given up here. */
static void let_child_go(void)
{
    char byte;
    bool well = read(child.ready, &byte, 1) == 1;

    for (int i = 0; i < CLOSER_KEEPS; i++) {
        if (kept[i].state != LEAVING)
            continue;
        kept[i].state = well ? CLOSING : DUE;
        if (well)
            close(kept[i].fd);
    }
    close(child.ready);
    close(child.go);
    child.pid = 0;
}

static void reap(void)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        for (uint32_t i = 0; i < CLOSER_KEEPS; i++) {
            if (kept[i].state != CLOSING || kept[i].pid != pid)
                continue;
            kept[i].state = FREE;
            /* There is room for all that there are. */
            if (write(out, &i, sizeof(i)) != (ssize_t)sizeof(i))
                return;
        }
    }
}

/* The daemon waits for this. */
static void answer(int fd, int32_t status)
{
    union control control = {.head = {.cmsg_level = SOL_SOCKET,
                                      .cmsg_type = SCM_RIGHTS,
                                      .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec data = {&status, sizeof(status)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

    if (fd >= 0) {
        memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.space);
    }
    sendmsg(in, &message, MSG_NOSIGNAL);
}

static void let_in(uint32_t number)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        kept[number] = (struct kept){.state = OPEN, .fd = fd};
    answer(fd, fd >= 0 ? 0 : -errno);
}

/* False: the daemon has ended. */
static bool take_order(void)
{
    struct order order;
    ssize_t got = recv(in, &order, sizeof(order), 0);

    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (got != (ssize_t)sizeof(order) || order.number >= CLOSER_KEEPS)
        return false;
    if (order.what == ACCEPT) {
        let_in(order.number);
    } else {
        kept[order.number].account = order.account;
        kept[order.number].state = DUE;
    }
    return true;
}

/* The daemon has ended: that its clients see at once, whatever their closing takes. */
static void finish(void)
{
    if (ours)
        shutdown(listener, SHUT_RDWR);
    for (int i = 0; i < CLOSER_KEEPS; i++)
        if (kept[i].state == OPEN || kept[i].state == DUE)
            shutdown(kept[i].fd, SHUT_RDWR);
    _exit(0);
}

static void run(void)
{
    struct pollfd wait[3] = {{.fd = in, .events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};
    struct signalfd_siginfo info;
    sigset_t set;
    bool done = true;

    prctl(PR_SET_NAME, "tcpestatsd-shut");
    /* It ends with the daemon, and after it. */
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_SETMASK, &set, NULL);
    wait[1].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    while (wait[1].fd >= 0) {
        wait[2].fd = child.pid ? child.ready : -1;
        poll(wait, 3, done ? -1 : RETRY_MS);
        if (wait[0].revents && !take_order())
            break;
        if (child.pid && wait[2].revents)
            let_child_go();
        if (wait[1].revents && read(wait[1].fd, &info, sizeof(info)) > 0)
            reap();
        done = close_due();
    }
    finish();
}

/* Whether or not there was something to close. */
static void close_quietly(const int fds[2])
{
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

int closer_start(int socket, bool is_ours, const char *user)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int ends[2] = {-1, -1}, pipes[2] = {-1, -1};
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
        pipe2(pipes, O_CLOEXEC | O_NONBLOCK) != 0 ||
        setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
        setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0 ||
        (pid = fork()) < 0) {
        int error = -errno;

        close_quietly(ends);
        close_quietly(pipes);
        return error;
    }
    if (pid == 0) {
        close(ends[0]);
        close(pipes[0]);
        if (privileges_drop(user, 0) != 0)
            _exit(1);
        listener = socket;
        ours = is_ours;
        in = ends[1];
        out = pipes[1];
        run();
    }
    close(ends[1]);
    close(pipes[1]);
    orders = ends[0];
    news = pipes[0];
    return news;
}
