/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "tool.h"
#include "utf8.h"

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
    char safe[sizeof(failure->text)];

    utf8_printable(failure->text, safe, sizeof(safe));
    fprintf(stderr, "tcpestats: %s\n", safe);
}
