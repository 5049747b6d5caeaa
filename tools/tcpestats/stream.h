/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of lines, plain or by gzip. "-" is stdin or stdout. Functions that return int return an
 * exit code and have filled failure unless it is TOOL_OK.
 */
#ifndef STREAM_H
#define STREAM_H

#include "tool.h"

/* No line of ours is nearly as long. */
#define STREAM_LINE_MAX (1u << 22)

struct stream;

/*
 * Makes a file, by gzip where its name ends in .gz. One that is there and holds something stays as
 * it is, unless it is to be replaced.
 */
int stream_create(struct stream **stream, const char *path, bool replace, struct failure *failure);

/* Keeps bytes for the next flush. */
int stream_write(struct stream *stream, const char *bytes, size_t size, struct failure *failure);

/*
 * Hands on what was written, so that a reader sees all of it: call it between lines. On a failure
 * the file ends where it ended after the last flush, as far as it is one that can be cut.
 */
int stream_flush(struct stream *stream, struct failure *failure);

/* Bytes that the file has by now. */
uint64_t stream_size(const struct stream *stream);

/* Opens a file for reading. */
int stream_open(struct stream **stream, const char *path, struct failure *failure);

/*
 * The next line, without its end and with a 0 behind it; it may be changed. *line NULL: there is
 * none. *whole false: it is the last one and has no end.
 */
int stream_read_line(struct stream *stream, char **line, size_t *length, bool *whole,
                     struct failure *failure);

/* How much of the file has been read, in 1000; 0: its size is not known. */
unsigned stream_done(const struct stream *stream);

/* Writes what is left, by gzip with an end to it, and closes. NULL is allowed. */
int stream_close(struct stream *stream, struct failure *failure);

/* stream-linux.c, stream-windows.c: a descriptor, or -1 with errno. replace: see above. */
int file_create(const char *path, bool replace);
int file_open(const char *path);
bool file_is_directory(int fd);
/* Size of a file of which there is one; else 0. */
uint64_t file_size(int fd);
/* Cuts a file off, where that can be done. */
void file_cut(int fd, uint64_t size);

#endif
