/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon-kit.h"
#include "suite.h"

#ifndef DAEMON
#define DAEMON "build/collector-daemon/tcpestatsd"
#endif
#define ARGS 16

static const char *args[ARGS + 1];

void daemon_begin(void)
{
    if (geteuid() != 0) {
        printf("SKIP: the daemon is started as root\n");
        exit(0);
    }
    if (!net_enter())
        exit(0);
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    ck_assert_uint_lt(strlen(path), sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path));
    return address;
}

static int bind_at(const char *path, int type)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_msg(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind to %s: %s",
                  path, strerror(errno));
    return fd;
}

static void run(struct daemon *d, const char *notify)
{
    char pid[24];
    int null;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    setenv("NOTIFY_SOCKET", notify, 1);
    if (d->listener >= 0) {
        if (d->listener == 3)
            fcntl(3, F_SETFD, 0);
        else
            dup2(d->listener, 3);
        snprintf(pid, sizeof(pid), "%d", (int)getpid());
        setenv("LISTEN_PID", pid, 1);
        setenv("LISTEN_FDS", "1", 1);
    }
    execv(args[0], (char *const *)(uintptr_t)args);
    _exit(127);
}

void daemon_again(struct daemon *d)
{
    char path[104], text[64] = "";
    struct pollfd wait = {.events = POLLIN};

    snprintf(path, sizeof(path), "%s/notify", d->dir);
    unlink(path);
    wait.fd = bind_at(path, SOCK_DGRAM);
    ck_assert_int_eq(chmod(path, 0777), 0); /* the daemon is another user by then */
    fflush(NULL);
    d->pid = suite_fork();
    if (!d->pid)
        run(d, path);
    ck_assert_msg(poll(&wait, 1, AWAIT_SECONDS * 1000) == 1, "the daemon is not ready");
    ck_assert_int_gt(recv(wait.fd, text, sizeof(text) - 1, 0), 0);
    ck_assert_str_eq(text, "READY=1");
    close(wait.fd);
}

static void prepare(struct daemon *d, va_list list)
{
    static char socket_option[128];
    const char *tmp = getenv("TMPDIR"), *program = getenv("TCPESTATSD");
    int n = 0;

    snprintf(d->dir, sizeof(d->dir), "%.40s/tcpestatsd-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(d->dir));
    ck_assert_int_eq(chmod(d->dir, 0755), 0);
    snprintf(d->socket, sizeof(d->socket), "%s/socket", d->dir);
    snprintf(socket_option, sizeof(socket_option), "--socket=%s", d->socket);
    setenv("TCPESTATS_COLLECTOR", d->socket, 1);
    args[n++] = program ? program : DAEMON;
    args[n++] = socket_option;
    while (n < ARGS && (args[n] = va_arg(list, const char *)))
        n++;
    args[n] = NULL;
    d->listener = -1;
}

void daemon_start(struct daemon *d, ...)
{
    va_list list;

    va_start(list, d);
    prepare(d, list);
    va_end(list);
    daemon_again(d);
}

static void listen_first(struct daemon *d)
{
    d->listener = bind_at(d->socket, SOCK_SEQPACKET);
    ck_assert_int_eq(listen(d->listener, 1024), 0); /* more than any test leaves in it */
}

void daemon_listen(struct daemon *d, ...)
{
    va_list list;

    va_start(list, d);
    prepare(d, list);
    va_end(list);
    listen_first(d);
}

void daemon_start_activated(struct daemon *d, ...)
{
    va_list list;

    va_start(list, d);
    prepare(d, list);
    va_end(list);
    listen_first(d);
    daemon_again(d);
}

/* The process that closes its clients' sockets, which is a child of it. */
static pid_t closer_of(const struct daemon *d)
{
    char path[80];
    int pid = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)d->pid, (int)d->pid);
    file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%d", &pid), 1);
    fclose(file);
    return pid;
}

/* Has the process that closes ended, too, after so many milliseconds? */
static bool kill_both(struct daemon *d, int ms)
{
    struct pollfd closer = {.fd = (int)syscall(SYS_pidfd_open, closer_of(d), 0), .events = POLLIN};
    int status;

    ck_assert_int_ge(closer.fd, 0);
    ck_assert_int_eq(kill(d->pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
    ck_assert_msg(WIFSIGNALED(status), "the daemon had ended already: %x", status);
    d->pid = 0;
    status = poll(&closer, 1, ms);
    close(closer.fd);
    return status == 1;
}

/* Its clients see the end when the other process has ended, too. */
void daemon_kill(struct daemon *d)
{
    ck_assert(kill_both(d, AWAIT_SECONDS * 1000));
}

void daemon_kill_hanging(struct daemon *d)
{
    kill_both(d, 1000);
}

bool daemon_ended(struct daemon *d, unsigned seconds)
{
    int status;

    for (unsigned i = 0; i < seconds * 100; i++) {
        if (waitpid(d->pid, &status, WNOHANG) == d->pid) {
            d->pid = 0;
            ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ended with %x",
                          status);
            return true;
        }
        usleep(10000);
    }
    return false;
}

int daemon_stop(struct daemon *d)
{
    int status;

    ck_assert_int_eq(kill(d->pid, SIGTERM), 0);
    ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
    d->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void daemon_end(struct daemon *d)
{
    if (d->pid)
        ck_assert_int_eq(daemon_stop(d), 0);
    if (d->listener >= 0)
        close(d->listener);
    net_run("rm -rf %s", d->dir);
}

unsigned daemon_descriptors(const struct daemon *d)
{
    char command[64];
    unsigned count = 0;
    FILE *pipe;

    snprintf(command, sizeof(command), "ls /proc/%d/fd | wc -l", (int)d->pid);
    pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    ck_assert_int_eq(fscanf(pipe, "%u", &count), 1);
    pclose(pipe);
    return count;
}

unsigned daemon_memory(const struct daemon *d)
{
    char path[64], line[128];
    unsigned kib = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)d->pid);
    file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file) && sscanf(line, "RssAnon: %u", &kib) != 1)
        ;
    fclose(file);
    ck_assert_uint_gt(kib, 0);
    return kib;
}

/* --- raw talk --- */

int raw_connect(const struct daemon *d)
{
    struct sockaddr_un address = address_of(d->socket);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        int error = errno;

        close(fd);
        return -error;
    }
    return fd;
}

struct te_collector_request raw_request(unsigned call)
{
    static uint32_t serial = 1000;

    return (struct te_collector_request){.magic = TE_COLLECTOR_MAGIC,
                                         .protocol = TE_COLLECTOR_PROTOCOL,
                                         .call = call,
                                         .serial = ++serial};
}

int raw_send(int fd, const void *data, size_t size, const int *fds, unsigned count)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int) * 253)];
    } control;
    struct iovec io = {(void *)(uintptr_t)data, size};
    struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};

    if (count) {
        memset(&control, 0, sizeof(control));
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * count);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size ? 0 : -errno;
}

int raw_receive(int fd, struct te_collector_answer *answer, int *got_fd)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec io = {answer, sizeof(*answer)};
    struct msghdr message = {.msg_iov = &io,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    ssize_t got;

    if (poll(&wait, 1, AWAIT_SECONDS * 1000) != 1)
        return -1;
    got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    /* What was answered before a connection ended with something unread comes after that news. */
    if (got < 0 && errno == ECONNRESET)
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got <= 0)
        return 0;
    ck_assert_int_eq(got, sizeof(*answer));
    if (message.msg_controllen >= CMSG_LEN(sizeof(int))) {
        int map;

        memcpy(&map, CMSG_DATA(&control.head), sizeof(map));
        if (got_fd)
            *got_fd = map;
        else
            close(map);
    }
    return 1;
}

int raw_ask(int fd, struct te_collector_request *request, struct te_collector_answer *answer)
{
    ck_assert_int_eq(raw_send(fd, request, sizeof(*request), NULL, 0), 0);
    ck_assert_int_eq(raw_receive(fd, answer, NULL), 1);
    ck_assert_uint_eq(answer->serial, request->serial);
    ck_assert_uint_eq(answer->call, request->call);
    return answer->error;
}

int raw_hello(const struct daemon *d)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_HELLO);
    struct te_collector_answer answer;
    int fd = raw_connect(d);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(raw_send(fd, &request, sizeof(request), NULL, 0), 0);
    ck_assert_int_eq(raw_receive(fd, &answer, NULL), 1);
    ck_assert_int_eq(answer.error, 0);
    ck_assert_uint_eq(answer.layout, TE_COLLECTOR_LAYOUT);
    return fd;
}

struct te_collector_answer daemon_status(const struct daemon *d)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_STATUS);
    struct te_collector_answer answer;
    int fd = raw_connect(d);

    ck_assert_msg(fd >= 0, "the daemon does not listen: %s", strerror(-fd));
    ck_assert_int_eq(raw_ask(fd, &request, &answer), 0);
    close(fd);
    return answer;
}

struct te_snapshot snapshot_of(const struct te_tuple *tuple)
{
    struct te_diag diag = TE_DIAG_INIT;
    struct te_query query = {.tuple = *tuple};
    struct te_snapshot s;

    ck_assert_int_eq(net_look(&diag, &query, &s), 0);
    te_diag_close(&diag);
    return s;
}

struct te_collector_request raw_enable(const struct te_snapshot *s, unsigned classes)
{
    struct te_collector_request request = raw_request(TE_COLLECTOR_ENABLE);

    request.cookie = s->cookie;
    request.family = s->tuple.family;
    request.local_port = s->tuple.local_port;
    request.remote_port = s->tuple.remote_port;
    request.ifindex = s->ifindex;
    request.classes = classes;
    memcpy(request.local, s->tuple.local, 16);
    memcpy(request.remote, s->tuple.remote, 16);
    return request;
}

bool read_record(struct te_collector_link *link, const struct te_collector_view *view,
                 unsigned slot, struct te_collector_record *record)
{
    const volatile uint32_t *seq = &view->records[slot].head.seq;

    for (int i = 0; i < 1000000; i++) {
        uint32_t before = *seq;

        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        memcpy(record, &view->records[slot], sizeof(*record));
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (before % 2 == 0 && *seq == before)
            return te_collector_view_holds(link, view) && record->head.live;
    }
    ck_abort_msg("the record is never at rest");
}

int as_user(uid_t uid, gid_t gid, const gid_t *groups, unsigned count, int (*work)(void *arg),
            void *arg)
{
    int status;
    pid_t pid;

    fflush(NULL);
    pid = suite_fork();
    if (!pid) {
        if (setgroups(count, groups) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
            _exit(99);
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* lost with the user */
        _exit(work(arg));
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int kit_link_new(struct te_collector_link **link)
{
    static struct te_netns known[4];
    struct te_netns now;
    int i = 0;

    ck_assert_int_eq(te_netns_init(&now, -1), 0);
    while (known[i].id && known[i].id != now.id)
        ck_assert_int_lt(++i, 4);
    if (known[i].id)
        te_netns_close(&now);
    else
        known[i] = now;
    return te_collector_link_new(link, &known[i]);
}

static bool is_slow(int status, uint64_t since)
{
    if (status != -ETIMEDOUT || te_now() > since + AWAIT_SECONDS * TE_SECOND_NS)
        return false;
    usleep(50000);
    return true;
}

int kit_link_enable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                    uint32_t classes, struct te_collector_view *view, uint32_t *slot)
{
    uint64_t since = te_now();
    int status;

    do
        status = te_collector_enable(link, snapshot, classes, view, slot, NULL);
    while (is_slow(status, since));
    return status;
}

int kit_link_disable(struct te_collector_link *link, const struct te_snapshot *snapshot,
                     uint32_t classes)
{
    uint64_t since = te_now();
    int status;

    do
        status = te_collector_disable(link, snapshot, classes);
    while (is_slow(status, since));
    return status;
}
