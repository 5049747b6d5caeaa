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

enum what { KEEP, CLOSE };

struct order {
    uint32_t what, number;
    uint64_t account;
};

/* --- the daemon's side --- */

static int orders = -1, news = -1;

static bool send_order(const struct order *order, int fd)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.head = {.cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS,
                          .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct iovec data = {(void *)(uintptr_t)order, sizeof(*order)};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    ssize_t sent;

    if (fd >= 0) {
        memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.space);
    }
    do
        sent = sendmsg(orders, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof(*order);
}

bool closer_keep(uint32_t number, uint64_t account, int fd)
{
    return send_order(&(struct order){KEEP, number, account}, fd);
}

bool closer_close(uint32_t number)
{
    return send_order(&(struct order){.what = CLOSE, .number = number}, -1);
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
    enum { FREE, OPEN, DUE, CLOSING } state;
    int fd;
    uint64_t account;
    pid_t pid; /* of the child that closes it */
} kept[CLOSER_KEEPS];

static int in = -1, out = -1; /* orders and news */

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
    for (int i = 0; i < CLOSER_KEEPS; i++)
        if (kept[i].fd >= 0 && kept[i].state != FREE && !is_due(&kept[i], account))
            close(kept[i].fd);
    if (write(ready, &byte, 1) == 1)
        while (read(go, &byte, 1) < 0 && errno == EINTR)
            ;
    for (int i = 0; i < CLOSER_KEEPS; i++)
        if (is_due(&kept[i], account))
            close(kept[i].fd);
    _exit(0);
}

static void hand_over(uint64_t account, pid_t pid)
{
    for (int i = 0; i < CLOSER_KEEPS; i++) {
        if (!is_due(&kept[i], account))
            continue;
        if (kept[i].fd >= 0)
            close(kept[i].fd);
        kept[i].fd = -1;
        kept[i].state = CLOSING;
        kept[i].pid = pid;
    }
}

/* False: not now. */
static bool close_due(uint64_t account)
{
    int ready[2], go[2];
    char byte;
    pid_t pid;

    for (int i = 0; i < CLOSER_KEEPS; i++)
        if (kept[i].state == CLOSING && kept[i].account == account)
            return true; /* its end will bring us here again */
    if (pipe2(ready, O_CLOEXEC) != 0)
        return false;
    if (pipe2(go, O_CLOEXEC) != 0) {
        close(ready[0]);
        close(ready[1]);
        return false;
    }
    pid = fork();
    if (pid == 0) {
        close(ready[0]);
        close(go[1]);
        be_child(account, ready[1], go[0]);
    }
    close(ready[1]);
    close(go[0]);
    if (pid > 0 && read(ready[0], &byte, 1) == 1)
        hand_over(account, pid);
    close(ready[0]);
    close(go[1]);
    return pid > 0;
}

static bool close_all_due(void)
{
    bool done = true;

    for (int i = 0; i < CLOSER_KEEPS; i++)
        if (kept[i].state == DUE)
            done &= close_due(kept[i].account);
    return done;
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

/* False: the daemon has ended. */
static bool take_order(void)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct order order;
    struct iovec data = {&order, sizeof(order)};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t got = recvmsg(in, &message, MSG_CMSG_CLOEXEC);
    struct kept *k;

    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (got != (ssize_t)sizeof(order) || order.number >= CLOSER_KEEPS)
        return false;
    k = &kept[order.number];
    if (order.what == CLOSE) {
        k->state = DUE;
        return true;
    }
    *k = (struct kept){.state = OPEN, .fd = -1, .account = order.account};
    if (message.msg_controllen >= CMSG_LEN(sizeof(int)))
        memcpy(&k->fd, CMSG_DATA(&control.head), sizeof(k->fd));
    return true;
}

/* The daemon has ended: that its clients see at once, whatever their closing takes. */
static void finish(void)
{
    for (int i = 0; i < CLOSER_KEEPS; i++)
        if (kept[i].fd >= 0 && kept[i].state != FREE)
            shutdown(kept[i].fd, SHUT_RDWR);
    _exit(0);
}

static void run(void)
{
    struct pollfd wait[2] = {{.fd = in, .events = POLLIN}, {.events = POLLIN}};
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
        poll(wait, 2, done ? -1 : RETRY_MS);
        if (wait[0].revents && !take_order())
            break;
        if (wait[1].revents && read(wait[1].fd, &info, sizeof(info)) > 0)
            reap();
        done = close_all_due();
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

int closer_start(const char *user)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int ends[2] = {-1, -1}, pipes[2] = {-1, -1};
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
        pipe2(pipes, O_CLOEXEC | O_NONBLOCK) != 0 ||
        setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
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
