/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading text of unknown origin (names of processes, of interfaces) character by character. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD UINT32_MAX

/* Reads the character at *text, which is not at its end. UTF8_BAD: a byte that is not UTF-8. */
uint32_t utf8_next(const char **text);

/*
 * Does it show, and leave its neighbours alone? No: controls, of the terminal (C0, DEL, C1) and of
 * the line's direction; what breaks lines; what takes no room or is made to be overlooked; what is
 * no character; UTF8_BAD.
 */
bool utf8_is_printable(uint32_t c);

/* Number of characters. */
size_t utf8_length(const char *text);

/* Puts '?' in the place of each character that is not printable, and of each byte that is none. */
void utf8_make_printable(char *text);

#endif
