/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A second opinion about JSON: RFC 8259 to the letter, and nothing in it that a terminal obeys. */
#ifndef JSON_STRICT_H
#define JSON_STRICT_H

#include <stdbool.h>
#include <stddef.h>

/* Is this one JSON value, with white space around it? */
bool json_is_valid(const char *text, size_t length);

#endif
