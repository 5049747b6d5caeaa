/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "list.h"

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "timing.h"

uint64_t list_ss(void *arg, unsigned calls)
{
    char *argv[] = {(char[]){"ss"}, (char[]){"-tin"}, NULL};
    posix_spawn_file_actions_t actions;
    uint64_t start = bench_now();
    int status;
    pid_t pid;

    (void)arg;
    (void)calls;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, "ss", &actions, NULL, argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0)
        errx(1, "ss -tin failed");
    posix_spawn_file_actions_destroy(&actions);
    return bench_now() - start;
}
