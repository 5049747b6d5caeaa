/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json-read.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16

static const char no_memory[] = "there is no memory for it";
static const char broken[] = "it is not JSON";

struct parser {
    struct json_doc *doc;
    char *at, *end;
};

static bool eat(struct parser *p, char c)
{
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

static void blank(struct parser *p)
{
    while (eat(p, ' ') || eat(p, '\t') || eat(p, '\r') || eat(p, '\n'))
        ;
}

static bool word(struct parser *p, const char *expected)
{
    size_t length = strlen(expected);

    if ((size_t)(p->end - p->at) < length || memcmp(p->at, expected, length))
        return false;
    p->at += length;
    return true;
}

static bool hex(struct parser *p, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        char c = p->at < p->end ? *p->at : 0;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;

        if (digit > 15)
            return false;
        *unit = *unit << 4 | digit;
    }
    return true;
}

/* Writes a character; what was read for it is always longer. */
static char *put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

/* What stands behind a backslash. */
static char *escape(struct parser *p, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found = p->at < p->end && *p->at ? strchr(from, *p->at) : NULL;
    uint32_t c, second;

    if (found) {
        p->at++;
        *out = to[found - from];
        return out + 1;
    }
    if (!eat(p, 'u') || !hex(p, &c) || !c || (c >= 0xdc00 && c < 0xe000))
        return NULL;
    if (c >= 0xd800 && c < 0xdc00) {
        if (!word(p, "\\u") || !hex(p, &second) || second < 0xdc00 || second > 0xdfff)
            return NULL;
        c = 0x10000 + ((c - 0xd800) << 10) + (second - 0xdc00);
    }
    return put_utf8(out, c);
}

/* Decodes in place, and ends it by a 0 where its last quote was at the latest. */
static const char *string(struct parser *p)
{
    char *start = p->at, *out = start;

    while (p->at < p->end && *p->at != '"') {
        if ((unsigned char)*p->at < 0x20)
            return NULL;
        if (*p->at != '\\') {
            *out++ = *p->at++;
            continue;
        }
        p->at++;
        out = escape(p, out);
        if (!out)
            return NULL;
    }
    if (!eat(p, '"'))
        return NULL;
    *out = 0;
    return start;
}

static bool digits(struct parser *p)
{
    char *start = p->at;

    while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
        p->at++;
    return p->at > start;
}

static bool number(struct parser *p, struct json_node *node)
{
    bool whole = !eat(p, '-');
    char *start = p->at;

    if (!eat(p, '0') && !digits(p))
        return false;
    for (const char *c = start; c < p->at && whole; c++)
        whole = !__builtin_mul_overflow(node->number, 10, &node->number) &&
                !__builtin_add_overflow(node->number, (uint64_t)(*c - '0'), &node->number);
    if (eat(p, '.')) {
        whole = false;
        if (!digits(p))
            return false;
    }
    if (eat(p, 'e') || eat(p, 'E')) {
        whole = false;
        if (!eat(p, '+'))
            eat(p, '-');
        if (!digits(p))
            return false;
    }
    node->type = whole ? JSON_NUMBER : JSON_OTHER_NUMBER;
    return true;
}

/* All but arrays and objects. */
static bool scalar(struct parser *p, struct json_node *node)
{
    if (eat(p, '"')) {
        node->type = JSON_STRING;
        node->text = string(p);
        return node->text;
    }
    node->type = JSON_NULL;
    if (word(p, "null"))
        return true;
    node->type = JSON_TRUE;
    if (word(p, "true"))
        return true;
    node->type = JSON_FALSE;
    if (word(p, "false"))
        return true;
    return number(p, node);
}

static struct json_node *add_node(struct json_doc *doc)
{
    if (doc->count == doc->room) {
        size_t room = doc->room ? 2 * doc->room : 256;
        struct json_node *grown = realloc(doc->nodes, room * sizeof(*grown));

        if (!grown)
            return NULL;
        doc->nodes = grown;
        doc->room = room;
    }
    doc->nodes[doc->count] = (struct json_node){.type = JSON_NULL};
    return &doc->nodes[doc->count++];
}

/* Everything up to the next value, or past the ends of what is closed before it. */
static const char *parse(struct parser *p)
{
    size_t open[DEPTH_MAX]; /* nodes */
    unsigned depth = 0;
    bool first = true; /* in what is innermost */

    do {
        struct json_node *node, *nest = depth ? &p->doc->nodes[open[depth - 1]] : NULL;
        const char *key = NULL;

        blank(p);
        if (nest && eat(p, nest->type == JSON_OBJECT ? '}' : ']')) {
            nest->next = p->doc->count;
            depth--;
            first = false;
            continue;
        }
        if (nest && !first) {
            if (!eat(p, ','))
                return broken;
            blank(p);
        }
        first = false;
        if (nest && nest->type == JSON_OBJECT) {
            key = eat(p, '"') ? string(p) : NULL;
            blank(p);
            if (!key || !eat(p, ':'))
                return broken;
            blank(p);
        }
        node = add_node(p->doc);
        if (!node)
            return no_memory;
        node->key = key;
        node->next = p->doc->count;
        if (p->at < p->end && (*p->at == '{' || *p->at == '[')) {
            if (depth == DEPTH_MAX)
                return "it is nested too deeply";
            node->type = *p->at++ == '{' ? JSON_OBJECT : JSON_ARRAY;
            open[depth++] = p->doc->count - 1;
            first = true;
        } else if (!scalar(p, node)) {
            return broken;
        }
    } while (depth);
    return NULL;
}

const char *json_parse(struct json_doc *doc, char *text, size_t length)
{
    struct parser p = {doc, text, text + length};
    const char *wrong;

    doc->count = 0;
    wrong = parse(&p);
    if (!wrong) {
        blank(&p);
        if (p.at < p.end)
            wrong = broken;
    }
    return wrong;
}

void json_free(struct json_doc *doc)
{
    free(doc->nodes);
    *doc = (struct json_doc){NULL, 0, 0};
}

const struct json_node *json_first(const struct json_doc *doc, const struct json_node *nest)
{
    const struct json_node *first = nest + 1;

    return first < doc->nodes + nest->next ? first : NULL;
}

const struct json_node *json_next(const struct json_doc *doc, const struct json_node *nest,
                                  const struct json_node *node)
{
    return node->next < nest->next ? &doc->nodes[node->next] : NULL;
}

const struct json_node *json_member(const struct json_doc *doc, const struct json_node *object,
                                    const char *key)
{
    const struct json_node *found = NULL;

    if (object->type != JSON_OBJECT)
        return NULL;
    for (const struct json_node *node = json_first(doc, object); node;
         node = json_next(doc, object, node))
        if (!strcmp(node->key, key))
            found = node;
    return found;
}
