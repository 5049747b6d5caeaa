/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a look at all connections costs: by ss, and by `tcpestats watch` and `record`. */
#ifndef BENCH_LIST_H
#define BENCH_LIST_H

#include <stdint.h>

/* For struct condition: ss once, whatever calls says; arg is its option. */
uint64_t list_ss(void *arg, unsigned calls);

/* The same, but its processor time. */
uint64_t list_ss_cpu(void *arg, unsigned calls);

/* For struct condition: an interval of `tcpestats watch`, its processor time. */
struct watch {
    const char *program, *state_dir;
};
uint64_t list_watch_cpu(void *arg, unsigned calls);

/* For struct condition: an interval of `tcpestats record`, its processor time; and how long it is.
 */
struct record {
    const char *program, *state_dir, *which; /* of the connections */
    double seconds;
    unsigned more; /* intervals beside the first one */
};
uint64_t list_record_cpu(void *arg, unsigned calls);
uint64_t list_record_interval(void *arg, unsigned calls);

#endif
