/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal and the clock of the live view: term-linux.c, term-windows.c. */
#ifndef TERM_H
#define TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum term_event {
    TERM_TIME,   /* the deadline has come */
    TERM_REDRAW, /* the window has another size, or is ours again */
    TERM_STOP    /* the user, the system or the reader of our output wants an end */
};

/* From now on interruptions are events. live: draw in place, if stdout is a terminal that can. */
void term_begin(bool live);

/* Everything as it was. */
void term_end(void);

/* In place? Decided by term_begin(). */
bool term_is_live(void);

void term_size(size_t *rows, size_t *columns);

/* Shows these lines instead of the last ones; what does not fit is cut. */
void term_draw(const char *const *lines, size_t count);

/* Waits until backend_now_ns() is deadline_ns. */
enum term_event term_wait(uint64_t deadline_ns);

/* Was an end asked for? */
bool term_stopping(void);

#endif
