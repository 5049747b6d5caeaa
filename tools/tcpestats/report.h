/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pieces of output that several commands have. */
#ifndef REPORT_H
#define REPORT_H

#include "conns.h"
#include "json.h"
#include "verdict.h"

/* Opens the top object, with schema and command. */
void report_begin(struct json *json, const struct tool *tool, bool lines);

/*
 * Opens an object with local, remote, state, and where several are looked into the namespace; of
 * one that has ended in a recording also how.
 */
void report_conn(struct json *json, const struct conn *conn);

/* Of the present object: what a verdict is, how sure, and over how long. */
void report_verdict(struct json *json, const struct verdict *verdict);

/* "  (has ended: reset)" and the like of a connection in a recording, else "". */
#define ENDING_TEXT_MAX 40
void report_ending(const struct conn *conn, char text[ENDING_TEXT_MAX]);

/* "connections": [], "error": {...} for a command that failed before it had anything to say. */
void report_failure(const struct tool *tool, const struct failure *failure);

/* "error": {"exit": ..., "message": ...} */
void report_error(struct json *json, const struct failure *failure);

/* Around what is said of each connection in turn, in JSON: to be opened before the first of them...
 */
void report_connections_begin(struct json *json, const struct tool *tool);

/* ... and closed, or replaced by the failure where not one was done. first: the first failure. */
void report_connections_end(struct json *json, const struct tool *tool, size_t done,
                            struct failure *first);

/* Says for people, where it is so, that not every connection is in the list. */
void report_list_limits(void);

/*
 * Splits a command's arguments into its connection and its classes, and finds the connections.
 * Without classes: those of otherwise. conns may hold connections although the result is not
 * TOOL_OK, see selection_resolve().
 */
int report_targets(const struct tool *tool, unsigned otherwise, struct conns *conns,
                   unsigned *classes, bool *by_name, struct failure *failure);

/* Parses names of classes into bits. */
int report_classes(char *const *names, size_t count, unsigned *classes, struct failure *failure);

/* "Data, Path" */
#define CLASS_LIST_MAX 96
void report_class_list(unsigned classes, const char *separator, char text[CLASS_LIST_MAX]);

#endif
