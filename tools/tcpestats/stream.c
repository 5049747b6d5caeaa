/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* A block ends with each flush of gzip's; more of them make the file larger. */
#define BUFFER_ROOM (1u << 16)

struct stream {
    char *path;
    int fd;
    bool by_gzip;
    /* Writing */
    z_stream deflate;
    char *kept; /* what the next flush hands on */
    size_t kept_size, kept_room;
    uint64_t written;
    bool cuttable, failed;
    /* Reading */
    gzFile in;
    uint64_t total;
    char *buffer;
    size_t start, end, room;
    bool at_end, broken_off;
};

static int fail_file(const struct stream *stream, const char *what, int error,
                     struct failure *failure)
{
    int code = error == ENOENT || error == ENOTDIR ? TOOL_NOT_FOUND
               : error == EACCES || error == EPERM ? TOOL_NOT_PERMITTED
                                                   : TOOL_OTHER;

    return fail_with(failure, code, "cannot %s '%.200s': %s", what, stream->path, strerror(error));
}

static struct stream *new_stream(const char *path, struct failure *failure)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (stream) {
        stream->fd = -1;
        stream->path = strdup(path);
    }
    if (!stream || !stream->path) {
        free(stream);
        fail_with(failure, TOOL_OTHER, "out of memory");
        return NULL;
    }
    return stream;
}

static void free_stream(struct stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    free(stream->path);
    free(stream->kept);
    free(stream->buffer);
    free(stream);
}

static bool ends_in_gz(const char *path)
{
    size_t length = strlen(path);

    return length > 3 && !strcmp(path + length - 3, ".gz");
}

int stream_create(struct stream **out, const char *path, bool replace, struct failure *failure)
{
    struct stream *stream = new_stream(path, failure);

    if (!stream)
        return failure->code;
    stream->fd = strcmp(path, "-") ? file_create(path, replace) : dup(STDOUT_FILENO);
    if (stream->fd < 0 && errno == EEXIST)
        fail_with(failure, TOOL_USAGE,
                  "'%.200s' is there and not empty; --force replaces it, another name keeps it",
                  path);
    else if (stream->fd < 0 && errno == EBUSY)
        fail_with(failure, TOOL_OTHER, "'%.200s' is being written to by another program", path);
    else if (stream->fd < 0)
        fail_file(stream, "write to", errno, failure);
    stream->cuttable = strcmp(path, "-");
    stream->by_gzip = ends_in_gz(path);
    if (stream->fd >= 0 && stream->by_gzip &&
        deflateInit2(&stream->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        close(stream->fd);
        stream->fd = -1;
        fail_with(failure, TOOL_OTHER, "out of memory");
    }
    if (stream->fd < 0) {
        free_stream(stream);
        return failure->code;
    }
    *out = stream;
    return TOOL_OK;
}

int stream_write(struct stream *stream, const char *bytes, size_t size, struct failure *failure)
{
    if (size > stream->kept_room - stream->kept_size) {
        size_t room = 2 * (stream->kept_size + size);
        char *grown = realloc(stream->kept, room);

        if (!grown)
            return fail_with(failure, TOOL_OTHER, "out of memory");
        stream->kept = grown;
        stream->kept_room = room;
    }
    memcpy(stream->kept + stream->kept_size, bytes, size);
    stream->kept_size += size;
    return TOOL_OK;
}

/* An errno. */
static int write_all(struct stream *stream, const char *bytes, size_t size, uint64_t *written)
{
    while (size) {
        ssize_t done = write(stream->fd, bytes, (unsigned)(size < 1 << 20 ? size : 1 << 20));

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done ? errno : ENOSPC;
        bytes += done;
        size -= (size_t)done;
        *written += (uint64_t)done;
    }
    return 0;
}

static int write_by_gzip(struct stream *stream, int flush, uint64_t *written)
{
    Bytef out[16384];
    int error = 0;

    stream->deflate.next_in = (Bytef *)stream->kept;
    stream->deflate.avail_in = (uInt)stream->kept_size;
    do {
        stream->deflate.next_out = out;
        stream->deflate.avail_out = sizeof(out);
        deflate(&stream->deflate, flush);
        error = write_all(stream, (char *)out, sizeof(out) - stream->deflate.avail_out, written);
    } while (!error && !stream->deflate.avail_out);
    return error;
}

static int hand_on(struct stream *stream, int flush, struct failure *failure)
{
    uint64_t written = stream->written;
    int error = stream->by_gzip ? write_by_gzip(stream, flush, &written)
                                : write_all(stream, stream->kept, stream->kept_size, &written);

    if (error) {
        stream->failed = true;
        if (stream->cuttable)
            file_cut(stream->fd, stream->written);
        return fail_file(stream, "write to", error, failure);
    }
    stream->kept_size = 0;
    stream->written = written;
    return TOOL_OK;
}

int stream_flush(struct stream *stream, struct failure *failure)
{
    if (!stream->kept_size)
        return TOOL_OK;
    return hand_on(stream, Z_SYNC_FLUSH, failure);
}

uint64_t stream_size(const struct stream *stream)
{
    return stream->written;
}

int stream_open(struct stream **out, const char *path, struct failure *failure)
{
    struct stream *stream = new_stream(path, failure);

    if (!stream)
        return failure->code;
    stream->fd = strcmp(path, "-") ? file_open(path) : dup(STDIN_FILENO);
    if (stream->fd < 0) {
        fail_file(stream, "read", errno, failure);
    } else if (file_is_directory(stream->fd)) {
        fail_with(failure, TOOL_OTHER, "'%.200s' is a directory", path);
    } else {
        stream->total = file_size(stream->fd);
        stream->in = gzdopen(stream->fd, "rb");
        stream->room = BUFFER_ROOM;
        stream->buffer = malloc(stream->room);
        if (stream->in && stream->buffer) {
            stream->fd = -1; /* gzclose() closes it */
            gzbuffer(stream->in, BUFFER_ROOM);
            *out = stream;
            return TOOL_OK;
        }
        if (stream->in) {
            gzclose(stream->in);
            stream->fd = -1;
        }
        fail_with(failure, TOOL_OTHER, "out of memory");
    }
    free_stream(stream);
    return failure->code;
}

/* Reads on. A gzip file without its end gives what there is. */
static int fill(struct stream *stream, struct failure *failure)
{
    int got, error = 0;
    const char *text;

    if (stream->start) {
        memmove(stream->buffer, stream->buffer + stream->start, stream->end - stream->start);
        stream->end -= stream->start;
        stream->start = 0;
    }
    if (stream->room - stream->end < BUFFER_ROOM / 2) {
        char *grown = stream->room < 2 * STREAM_LINE_MAX ? realloc(stream->buffer, 2 * stream->room)
                                                         : NULL;

        if (!grown)
            return fail_with(failure, TOOL_OTHER, "'%.200s' is no recording: a line is too long",
                             stream->path);
        stream->buffer = grown;
        stream->room *= 2;
    }
    errno = 0;
    /* One byte is left for a 0. */
    got = gzread(stream->in, stream->buffer + stream->end,
                 (unsigned)(stream->room - stream->end - 1));
    if (got > 0) {
        stream->end += (size_t)got;
        return TOOL_OK;
    }
    stream->at_end = true;
    text = gzerror(stream->in, &error);
    if (error == Z_BUF_ERROR)
        stream->broken_off = true;
    else if (error == Z_ERRNO)
        return fail_file(stream, "read", errno ? errno : EIO, failure);
    else if (error != Z_OK && error != Z_STREAM_END)
        return fail_with(failure, TOOL_OTHER, "'%.200s' is damaged: %s", stream->path, text);
    return TOOL_OK;
}

int stream_read_line(struct stream *stream, char **line, size_t *length, bool *whole,
                     struct failure *failure)
{
    size_t seen = 0;
    char *newline = NULL;

    for (;;) {
        size_t size = stream->end - stream->start;

        if (size > seen)
            newline = memchr(stream->buffer + stream->start + seen, '\n', size - seen);
        if (newline || stream->at_end)
            break;
        seen = size;
        if (fill(stream, failure))
            return failure->code;
    }
    *line = stream->buffer + stream->start;
    *whole = newline;
    *length = newline ? (size_t)(newline - *line) : stream->end - stream->start;
    if (!newline && !*length)
        *line = NULL;
    stream->buffer[stream->start + *length] = 0;
    stream->start += *length + (newline != NULL);
    return TOOL_OK;
}

unsigned stream_done(const struct stream *stream)
{
    z_off_t at = stream->total ? gzoffset(stream->in) : 0;

    return at > 0 ? (unsigned)((uint64_t)at * 1000 / stream->total) : 0;
}

int stream_close(struct stream *stream, struct failure *failure)
{
    int code = TOOL_OK;

    if (!stream)
        return TOOL_OK;
    if (stream->in) {
        gzclose(stream->in);
    } else {
        if (!stream->failed)
            code = stream->by_gzip ? hand_on(stream, Z_FINISH, failure)
                                   : stream_flush(stream, failure);
        if (stream->by_gzip)
            deflateEnd(&stream->deflate);
        if (close(stream->fd) && !code)
            code = fail_file(stream, "write to", errno, failure);
        stream->fd = -1;
    }
    free_stream(stream);
    return code;
}
