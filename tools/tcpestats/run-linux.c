/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plot.h"

int run_begin(struct run *run, struct failure *failure)
{
    const char *place = getenv("TMPDIR");

    snprintf(run->directory, sizeof(run->directory), "%.900s/tcpestats-XXXXXX",
             place && *place ? place : "/tmp");
    if (!mkdtemp(run->directory))
        return fail_with(failure, TOOL_OTHER, "cannot make a directory '%.300s': %s",
                         run->directory, strerror(errno));
    return TOOL_OK;
}

void run_path(const struct run *run, const char *name, char path[1200])
{
    snprintf(path, 1200, "%s/%s", run->directory, name);
}

/* Between fork and exec; never returns. */
static void become(const struct run *run, const char *program, const char *const files[3])
{
    char *const args[] = {(char *)program, NULL};
    char path[1200];

    for (int i = 0; i < 3; i++) {
        int fd;

        run_path(run, files[i], path);
        fd = open(path, i ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0600);
        if (fd < 0 || dup2(fd, i) < 0)
            _exit(126);
    }
    execvp(program, args);
    _exit(errno == ENOENT ? 127 : 126);
}

int run_program(const struct run *run, const char *program, const char *const files[3], int *status,
                struct failure *failure)
{
    pid_t child = fork();

    if (!child)
        become(run, program, files);
    if (child < 0)
        return fail_with(failure, TOOL_OTHER, "cannot start %s: %s", program, strerror(errno));
    while (waitpid(child, status, 0) < 0)
        if (errno != EINTR)
            return fail_with(failure, TOOL_OTHER, "cannot wait for %s: %s", program,
                             strerror(errno));
    *status = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128;
    if (*status == 127)
        return fail_with(failure, TOOL_NOT_SUPPORTED,
                         "%s is not installed (Debian: apt-get install gnuplot-nox)", program);
    return TOOL_OK;
}

void run_end(struct run *run, const char *const *names)
{
    char path[1200];

    for (; *names; names++) {
        run_path(run, *names, path);
        unlink(path);
    }
    rmdir(run->directory);
}
