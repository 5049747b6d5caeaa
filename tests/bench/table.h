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

/*
 * What `of` took, and the ratios to what `to` took, with quartiles. A goal is met or missed by the
 * median, and straddled where it lies within what the median can be (bench_ratio_sure). goal 0:
 * none is set.
 */
void table_row(const char *what, const struct condition *of, const struct condition *to,
               unsigned rounds, double goal);

/* The same; but the interval that is shown is the median's. */
void table_sure(const char *what, const struct condition *of, const struct condition *to,
                unsigned rounds, double goal);

/* What is only compared with. */
void table_yardstick(const char *what, const struct condition *c, unsigned rounds);

/* An amount of memory and its goal, in bytes. */
void table_memory(const char *what, double bytes, double goal);

/* How many goals were missed, and how many this run cannot tell of. */
unsigned table_missed(void);
unsigned table_straddled(void);

#endif
