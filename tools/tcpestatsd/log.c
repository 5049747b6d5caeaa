/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define SELDOM 10

static void put(int level, const char *format, va_list args)
{
    static int for_journal = -1;
    char line[512];
    int n = 0;

    if (for_journal < 0)
        for_journal = getenv("JOURNAL_STREAM") != NULL;
    if (for_journal)
        n = snprintf(line, sizeof(line), "<%d>", level);
    n += snprintf(line + n, sizeof(line) - (size_t)n, "tcpestatsd: ");
    vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
    dprintf(STDERR_FILENO, "%s\n", line);
}

void say(int level, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put(level, format, args);
    va_end(args);
}

void say_seldom(int level, const char *format, ...)
{
    static time_t since;
    static unsigned said, kept;
    struct timespec now;
    va_list args;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec - since >= SELDOM) {
        if (kept)
            say(LOG_LEVEL_WARNING, "%u more lines like these", kept);
        since = now.tv_sec;
        said = kept = 0;
    }
    if (said == SELDOM) {
        kept++;
        return;
    }
    said++;
    va_start(args, format);
    put(level, format, args);
    va_end(args);
}
