/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading text of unknown origin (process names) character by character. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_MAX

/* Reads the character at *text, which is not at its end. UTF8_BAD: a byte that is not UTF-8. */
uint32_t utf8_next(const char **text);

/* C0, DEL and C1: what a terminal may take for a command. */
bool utf8_is_control(uint32_t c);

/* Number of characters. */
size_t utf8_length(const char *text);

/* Copies what is safe to show to a person: '?' for control characters and what is not UTF-8. */
void utf8_printable(const char *text, char *out, size_t size);

#endif
