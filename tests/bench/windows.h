/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* winget.c in its own process: it times itself, we pace it. */
#ifndef BENCH_WINDOWS_H
#define BENCH_WINDOWS_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "raw.h"

struct windows {
    FILE *to, *from;
    pid_t pid;
};

/* Starts a command, to which the connection's four members are added, and waits until it is ready.
 */
void windows_start(struct windows *windows, char *const *argv, struct ports ports);
void windows_end(struct windows *windows);

/* For struct condition: has it do something, "get" for instance, so many times. */
struct windows_request {
    struct windows *windows;
    const char *verb;
};
uint64_t windows_run(void *arg, unsigned calls);

#endif
