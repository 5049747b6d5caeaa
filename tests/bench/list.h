/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a look at all connections costs: by ss, and by `tcpestats watch`. */
#ifndef BENCH_LIST_H
#define BENCH_LIST_H

#include <stdint.h>
#include <sys/types.h>

/* For struct condition: ss once, whatever calls says; arg is its option. */
uint64_t list_ss(void *arg, unsigned calls);

/* The same, but its processor time. */
uint64_t list_ss_cpu(void *arg, unsigned calls);

/* Starts PROGRAM watch, which looks at all every second, and ends it. */
pid_t list_watch_start(const char *program, const char *state_dir);
void list_watch_end(pid_t pid);

/* For struct condition: waits for one interval, and returns the processor time that it took. arg is
 * the pid_t. */
uint64_t list_watch_interval(void *arg, unsigned calls);

#endif
