/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "print.h"

int fail_with(struct failure *failure, int code, const char *fmt, ...)
{
    va_list args;

    failure->code = code;
    va_start(args, fmt);
    vsnprintf(failure->text, sizeof(failure->text), fmt, args);
    va_end(args);
    return code;
}

void complain(const struct failure *failure)
{
    print_line(stderr, "tcpestats: %s", failure->text);
}
