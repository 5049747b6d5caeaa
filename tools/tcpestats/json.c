/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <assert.h>
#include <inttypes.h>

#include "utf8.h"

void json_begin(struct json *json, FILE *out, bool lines)
{
    *json = (struct json){.out = out, .lines = lines};
}

static void newline(struct json *json)
{
    if (!json->lines)
        return;
    fputc('\n', json->out);
    for (unsigned i = 0; i < json->depth; i++)
        fputs("  ", json->out);
}

static void escaped(struct json *json, const char *text)
{
    static const char shorts[128] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                     ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};

    fputc('"', json->out);
    while (*text) {
        const char *start = text;
        uint32_t c = utf8_next(&text);

        if (c < 128 && shorts[c])
            fprintf(json->out, "\\%c", shorts[c]);
        else if (utf8_is_control(c))
            fprintf(json->out, "\\u%04" PRIx32, c);
        else if (c == UTF8_BAD)
            fputs("\\ufffd", json->out);
        else
            fwrite(start, 1, (size_t)(text - start), json->out);
    }
    fputc('"', json->out);
}

/* Everything that stands before a value. */
static void member(struct json *json, const char *key)
{
    if (json->depth) {
        if (json->started[json->depth - 1])
            fputc(',', json->out);
        json->started[json->depth - 1] = true;
        newline(json);
    }
    if (key) {
        escaped(json, key);
        fputs(json->lines ? ": " : ":", json->out);
    }
}

static void open_nested(struct json *json, const char *key, char opening, char closing)
{
    assert(json->depth < JSON_DEPTH_MAX);
    member(json, key);
    fputc(opening, json->out);
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
        newline(json);
    fputc(json->close[json->depth], json->out);
}

void json_string(struct json *json, const char *key, const char *value)
{
    member(json, key);
    if (value)
        escaped(json, value);
    else
        fputs("null", json->out);
}

void json_number(struct json *json, const char *key, uint64_t value)
{
    member(json, key);
    fprintf(json->out, "%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    member(json, key);
    fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
    json_string(json, key, NULL);
}

void json_end(struct json *json)
{
    while (json->depth)
        json_close(json);
    fputc('\n', json->out);
}
