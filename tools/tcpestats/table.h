/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Aligned columns for people. */
#ifndef TABLE_H
#define TABLE_H

#include "tool.h"

#define TABLE_COLUMNS_MAX 10

struct table {
    const char *align; /* one letter a column: 'l' or 'r' */
    size_t columns;
    size_t *widths; /* of tables that go on, see table_begin_wide() */
    char **cells;   /* row by row */
    size_t count, room;
    bool broken; /* out of memory */
};

void table_begin(struct table *table, const char *align);

/*
 * A table that goes on in others: widths, one a column, are its least ones, and afterwards those
 * that it had.
 */
void table_begin_wide(struct table *table, const char *align, size_t *widths);

/* The next cell, from left to right, row after row; as by print_line(). */
void table_cell(struct table *table, const char *fmt, ...) TOOL_PRINTF(2, 3);

/* Calls line for each row, without the newline; and frees the table. */
int table_end(struct table *table, void (*line)(const char *text, void *arg), void *arg,
              struct failure *failure);

/* table_end() to stdout, each line after indent. */
int table_print(struct table *table, const char *indent, struct failure *failure);

/* "1.25 MB/s" and "1.25 MB" and the like; text has room for 16 characters. */
void format_rate(uint64_t bytes_per_second, char text[16]);
void format_bytes(uint64_t bytes, char text[16]);

#endif
