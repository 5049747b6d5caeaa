/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "print.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static int first_error;

static void note_error(FILE *out, int error)
{
    if (out == stdout && !first_error)
        first_error = error ? error : EIO;
}

void print_raw(FILE *out, const char *bytes, size_t size)
{
    errno = 0;
    if (fwrite(bytes, 1, size, out) != size)
        note_error(out, errno);
}

void print_line(FILE *out, const char *fmt, ...)
{
    va_list args;
    char *text;
    size_t length;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) >= 0) {
        utf8_make_printable(text);
        length = strlen(text);
        text[length] = '\n'; /* in the place of the end */
        print_raw(out, text, length + 1);
        free(text);
    } else {
        note_error(out, ENOMEM);
    }
    va_end(args);
}

void print_flush(void)
{
    errno = 0;
    if (fflush(stdout))
        note_error(stdout, errno);
}

int print_error(void)
{
    return first_error;
}
