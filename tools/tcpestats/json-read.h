/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads JSON (RFC 8259), one value of a known length, into a list of nodes: strict, without
 * recursion into the caller, and bounded by what it is given. A string with U+0000 in it is
 * refused, so that each is one of C's; that it is UTF-8 is not looked at.
 *
 * Pure: no system calls; any input.
 */
#ifndef JSON_READ_H
#define JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER, /* a whole number from 0 to 2^64 - 1 */
    JSON_OTHER_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_node {
    enum json_type type;
    const char *key;  /* of a member of an object, else NULL */
    const char *text; /* JSON_STRING */
    uint64_t number;  /* JSON_NUMBER */
    size_t next;      /* index of the node behind it and all that is in it */
};

/* To begin with all 0. Kept from one text to the next; free with json_free(). */
struct json_doc {
    struct json_node *nodes;
    size_t count, room;
};

/*
 * Parses text, which is changed and has to outlive doc's use. NULL, or a phrase that says what is
 * wrong. doc->nodes[0] is the value.
 */
const char *json_parse(struct json_doc *doc, char *text, size_t length);
void json_free(struct json_doc *doc);

/* Walks over what is in an array or object: NULL at the end, and for what is neither. */
const struct json_node *json_first(const struct json_doc *doc, const struct json_node *nest);
const struct json_node *json_next(const struct json_doc *doc, const struct json_node *nest,
                                  const struct json_node *node);

/* The member of that name, or NULL. Of several the last. */
const struct json_node *json_member(const struct json_doc *doc, const struct json_node *object,
                                    const char *key);

#endif
