/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "windows.h"

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGS_MAX = 32 };

static void answer(struct windows *w, char *line, size_t size)
{
    if (!fgets(line, (int)size, w->from))
        errx(1, "the Windows program ended early");
    line[strcspn(line, "\r\n")] = 0;
    if (strncmp(line, "error", 5) == 0)
        errx(1, "the Windows program says: %s", line);
}

void windows_start(struct windows *w, char *const *argv, struct ports ports)
{
    char address[16], local[8], remote[8], line[128];
    char *args[ARGS_MAX + 5];
    int to[2], from[2];
    unsigned n = 0;

    /* As the members of a MIB_TCPROW stand in memory. */
    snprintf(address, sizeof(address), "%u", htonl(INADDR_LOOPBACK));
    snprintf(local, sizeof(local), "%u", htons(ports.local));
    snprintf(remote, sizeof(remote), "%u", htons(ports.remote));
    while (argv[n] && n < ARGS_MAX) {
        args[n] = argv[n];
        n++;
    }
    args[n++] = address;
    args[n++] = local;
    args[n++] = address;
    args[n++] = remote;
    args[n] = NULL;
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        err(1, "pipe");
    w->pid = fork();
    if (w->pid < 0)
        err(1, "fork");
    if (w->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(to[0], 0);
        dup2(from[1], 1);
        execvp(args[0], args);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    w->to = fdopen(to[1], "w");
    w->from = fdopen(from[0], "r");
    if (!w->to || !w->from)
        err(1, "fdopen");
    answer(w, line, sizeof(line));
}

uint64_t windows_run(void *arg, unsigned calls)
{
    const struct windows_request *request = arg;
    struct windows *w = request->windows;
    char line[128];

    fprintf(w->to, "%s %u\n", request->verb, calls);
    fflush(w->to);
    answer(w, line, sizeof(line));
    return strtoull(line, NULL, 10);
}

void windows_end(struct windows *w)
{
    fclose(w->to);
    fclose(w->from);
    waitpid(w->pid, NULL, 0);
}
