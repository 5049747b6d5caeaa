/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes JSON (RFC 8259). Strings may hold any bytes: what is not UTF-8 becomes U+FFFD, and what is
 * not utf8_is_printable() is escaped, so that the output is valid, complete, and harmless to a
 * terminal.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 16

struct json {
    FILE *out;
    void (*write)(void *arg, const char *bytes, size_t size); /* instead of out, or NULL */
    void *arg;
    bool lines; /* one member a line, else everything on one line */
    unsigned depth;
    char close[JSON_DEPTH_MAX];
    bool started[JSON_DEPTH_MAX]; /* something stands before the next member at this depth */
};

void json_begin(struct json *json, FILE *out, bool lines);

/* key is NULL inside an array and at the top. */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_close(struct json *json); /* the innermost open object or array */
void json_string(struct json *json, const char *key, const char *value); /* NULL: null */
void json_number(struct json *json, const char *key, uint64_t value);
void json_real(struct json *json, const char *key, double value); /* finite; 9 digits */
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

/* Closes what is still open and ends the line. */
void json_end(struct json *json);

#endif
