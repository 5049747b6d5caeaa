/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal and the clock of the live view: term-linux.c, term-windows.c. */
#ifndef TERM_H
#define TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum term_event {
    TERM_TIME,   /* the deadline has come */
    TERM_WAKE,   /* what term_wake_on() named can be read */
    TERM_KEY,    /* one was pressed: term_key() */
    TERM_REDRAW, /* the window has another size, or is ours again */
    TERM_STOP    /* the user, the system or the reader of our output wants an end */
};

/* Keys that are no characters. */
enum term_key {
    TERM_KEY_UP = 0x110000,
    TERM_KEY_DOWN,
    TERM_KEY_LEFT,
    TERM_KEY_RIGHT,
    TERM_KEY_PAGE_UP,
    TERM_KEY_PAGE_DOWN,
    TERM_KEY_HOME,
    TERM_KEY_END,
    TERM_KEY_ENTER,
    TERM_KEY_ESCAPE
};

/* From now on interruptions are events. live: draw in place, if stdout is a terminal that can. */
void term_begin(bool live);

/* Everything as it was. */
void term_end(void);

/* In place? Decided by term_begin(). */
bool term_is_live(void);

void term_size(size_t *rows, size_t *columns);

/* Does it show block characters, such as U+2588? */
bool term_has_blocks(void);

/* Shows these lines instead of the last ones; what does not fit is cut. marked: the number of the
 * line that stands out, or count. */
void term_draw(const char *const *lines, size_t count, size_t marked);

/* What was pressed: a character, or enum term_key. */
uint32_t term_key(void);

/* Waits until backend_now_ns() is deadline_ns. */
enum term_event term_wait(uint64_t deadline_ns);

/* From now on term_wait() also ends, by TERM_WAKE, while this descriptor is readable; -1: none.
 * Linux only. */
void term_wake_on(int fd);

/* Was an end asked for? */
bool term_stopping(void);

#endif
