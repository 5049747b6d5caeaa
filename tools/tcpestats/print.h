/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one way from this program to its user. Text may hold names that other people have chosen, of
 * processes and interfaces, from other containers too: a line that is printed holds no character
 * that a terminal obeys, that hides, or that turns the direction of what stands beside it.
 */
#ifndef PRINT_H
#define PRINT_H

#include "tool.h"

/* Prints a line of text; what is not utf8_is_printable() becomes '?'. The newline is added. */
void print_line(FILE *out, const char *fmt, ...) TOOL_PRINTF(2, 3);

/* Writes what is safe as it is: JSON, which has escapes of its own, and orders to the terminal. */
void print_raw(FILE *out, const char *bytes, size_t size);

void print_flush(void);

/* The errno of the first write to stdout that failed, buffered ones included; 0: none did. */
int print_error(void);

#endif
