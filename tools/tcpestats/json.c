/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "print.h"
#include "utf8.h"

void json_begin(struct json *json, FILE *out, bool lines)
{
    *json = (struct json){.out = out, .lines = lines};
}

static void write_bytes(struct json *json, const char *bytes, size_t size)
{
    if (json->write)
        json->write(json->arg, bytes, size);
    else
        print_raw(json->out, bytes, size);
}

static void write_text(struct json *json, const char *text)
{
    write_bytes(json, text, strlen(text));
}

static void write_char(struct json *json, char c)
{
    write_bytes(json, &c, 1);
}

static void write_newline(struct json *json)
{
    if (!json->lines)
        return;
    write_char(json, '\n');
    for (unsigned i = 0; i < json->depth; i++)
        write_text(json, "  ");
}

/* As \uXXXX; what needs more than 16 bits as two of them. */
static void write_escape(struct json *json, uint32_t c)
{
    char text[16];

    if (c > 0xffff)
        snprintf(text, sizeof(text), "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd7c0 + (c >> 10),
                 0xdc00 + (c & 0x3ff));
    else
        snprintf(text, sizeof(text), "\\u%04" PRIx32, c);
    write_text(json, text);
}

static void write_string(struct json *json, const char *text)
{
    static const char shorts[128] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                     ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};

    write_char(json, '"');
    while (*text) {
        const char *start = text;
        uint32_t c = utf8_next(&text);

        if (c < 128 && shorts[c]) {
            write_char(json, '\\');
            write_char(json, shorts[c]);
        } else if (utf8_is_printable(c)) {
            write_bytes(json, start, (size_t)(text - start));
        } else {
            write_escape(json, c == UTF8_BAD ? 0xfffd : c);
        }
    }
    write_char(json, '"');
}

/* Everything that stands before a value. */
static void begin_member(struct json *json, const char *key)
{
    if (json->depth) {
        if (json->started[json->depth - 1])
            write_char(json, ',');
        json->started[json->depth - 1] = true;
        write_newline(json);
    }
    if (key) {
        write_string(json, key);
        write_text(json, json->lines ? ": " : ":");
    }
}

static void open_nested(struct json *json, const char *key, char opening, char closing)
{
    assert(json->depth < JSON_DEPTH_MAX);
    begin_member(json, key);
    write_char(json, opening);
    json->close[json->depth] = closing;
    json->started[json->depth++] = false;
}

void json_object(struct json *json, const char *key)
{
    open_nested(json, key, '{', '}');
}

void json_array(struct json *json, const char *key)
{
    open_nested(json, key, '[', ']');
}

void json_close(struct json *json)
{
    assert(json->depth > 0);
    json->depth--;
    if (json->started[json->depth])
        write_newline(json);
    write_char(json, json->close[json->depth]);
}

void json_string(struct json *json, const char *key, const char *value)
{
    begin_member(json, key);
    if (value)
        write_string(json, value);
    else
        write_text(json, "null");
}

void json_number(struct json *json, const char *key, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    begin_member(json, key);
    write_text(json, text);
}

void json_real(struct json *json, const char *key, double value)
{
    char text[32];

    snprintf(text, sizeof(text), "%.9g", value);
    begin_member(json, key);
    write_text(json, text);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin_member(json, key);
    write_text(json, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
    json_string(json, key, NULL);
}

void json_end(struct json *json)
{
    while (json->depth)
        json_close(json);
    write_char(json, '\n');
}
