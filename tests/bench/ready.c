/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * collector-ready TABLE TCPESTATSD: how long a client waits that is the first to connect to the
 * socket of a daemon that is not running: it is started when somebody has connected, as a service
 * manager does it, whose own time is not in it.
 */
#include "shared/protocol.h"
#include "table.h"
#include "timing.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 21, GOAL_NS = 300000000, PATIENCE_MS = 60000 };

static const char *program;

static int socket_at(struct sockaddr_un *address, const char *path)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
    if (fd < 0)
        err(1, "socket");
    return fd;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address;
    int fd = socket_at(&address, path);

    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16))
        err(1, "%s", path);
    return fd;
}

static int ask(const char *path)
{
    const struct te_collector_request hello = {
        .magic = TE_COLLECTOR_MAGIC, .protocol = TE_COLLECTOR_PROTOCOL, .call = TE_COLLECTOR_HELLO};
    struct sockaddr_un address;
    int fd = socket_at(&address, path);

    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
        send(fd, &hello, sizeof(hello), 0) != sizeof(hello))
        err(1, "%s", path);
    return fd;
}

static pid_t start(int listener)
{
    pid_t pid = fork();
    char number[24];
    int null;

    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    if (listener == 3)
        fcntl(3, F_SETFD, 0);
    else
        dup2(listener, 3);
    snprintf(number, sizeof(number), "%d", (int)getpid());
    setenv("LISTEN_PID", number, 1);
    setenv("LISTEN_FDS", "1", 1);
    execl(program, program, (char *)NULL);
    _exit(127);
}

/* False: it does not answer. */
static bool wait_once(const char *path, double *ns)
{
    struct te_collector_answer answer;
    int listener = listen_at(path), fd;
    uint64_t from = bench_now();
    struct pollfd wait = {.events = POLLIN};
    bool answers;
    pid_t pid;

    fd = ask(path);
    pid = start(listener);
    wait.fd = fd;
    answers = poll(&wait, 1, PATIENCE_MS) == 1 &&
              recv(fd, &answer, sizeof(answer), 0) == sizeof(answer) && !answer.error;
    *ns = (double)(bench_now() - from);
    close(fd);
    close(listener);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    unlink(path);
    return answers;
}

int main(int argc, char **argv)
{
    struct condition ready = {.name = "ready"}, goal = {.name = "the goal"};
    char dir[] = "/tmp/collector-ready-XXXXXX", path[64];
    bool answers = true;

    if (argc != 3)
        errx(2, "usage: collector-ready TABLE TCPESTATSD");
    program = argv[2];
    if (!mkdtemp(dir))
        err(1, "%s", dir);
    snprintf(path, sizeof(path), "%s/socket", dir);
    table_append(argv[1]);
    for (unsigned i = 0; i < ROUNDS && answers; i++) {
        answers = wait_once(path, &ready.ns[i]);
        goal.ns[i] = GOAL_NS;
    }
    rmdir(dir);
    if (!answers) {
        table_note("SKIP: no collector can be started here");
    } else {
        table_heading("Collector, started by the first connection");
        table_sure("until it answers", &ready, &goal, ROUNDS, 1);
    }
    table_close();
    return 0;
}
