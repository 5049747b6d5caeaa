/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The result table, on standard output and in a file. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include "timing.h"

void table_open(const char *file);
void table_append(const char *file);
void table_close(void);

__attribute__((format(printf, 1, 2))) void table_heading(const char *format, ...);
__attribute__((format(printf, 1, 2))) void table_note(const char *format, ...);

/* goal 0: none is set. */
void table_row(const char *what, double ns, const struct spread *ratio, const char *to,
               double goal);

/* A cost in time instead of a ratio, its goal in us. */
void table_added(const char *what, const struct spread *added, double goal_us);

/*
 * A ratio whose low and high bound the median (bench_ratio_sure). A goal between them is neither
 * met nor missed.
 */
void table_sure(const char *what, double ns, const struct spread *ratio, double goal);

/* How many goals were missed. */
unsigned table_missed(void);

#endif
