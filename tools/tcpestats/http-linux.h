/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small HTTP server for one text, by libmicrohttpd, which is loaded when it is needed. It runs in
 * the caller's loop and keeps what slow and hostile clients can take within bounds.
 */
#ifndef HTTP_LINUX_H
#define HTTP_LINUX_H

#include "tool.h"

/* Makes the text, which the server frees; NULL: out of memory. is_open: OpenMetrics is wanted. */
typedef char *(*http_text)(bool is_open, size_t *size, void *arg);

/* Answers on a socket that listens, and takes it over. */
int http_begin(int fd, http_text text, void *arg, struct failure *failure);
void http_end(void);

/* A descriptor that is readable when http_run() has something to do, and how many ms it may wait
 * without that, -1: for ever. */
int http_fd(void);
int http_timeout_ms(void);

void http_run(void);

#endif
