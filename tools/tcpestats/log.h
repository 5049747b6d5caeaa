/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcpestats log: what a line is made of. */
#ifndef LOG_H
#define LOG_H

#include "ends.h"
#include "verdict.h"

struct log_line {
    const struct ended *ended;
    uint64_t wall_ns;           /* when it was heard of, since 1970 */
    bool is_seen;               /* a look found it alive: its user is known */
    uint64_t least_ns, most_ns; /* it lasted so long; most UINT64_MAX: not known */
    struct owner owner;         /* pid 0: not known */
    struct evidence evidence;
    struct verdict verdict; /* over its whole life; only with ended->readings */
};

/* Before the first line: names of columns, where the format has them. */
void log_heading(const struct tool *tool);

void log_show(const struct tool *tool, const struct log_line *line);

/* So many ends were lost since the last time that this was said; all: since the beginning. */
void log_show_lost(const struct tool *tool, uint64_t wall_ns, uint64_t lost, uint64_t all);

#endif
