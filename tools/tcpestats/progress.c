/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "progress.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "print.h"

#define EVERY_NS 200000000
#define BAR 20

static uint64_t shown_ns;

void progress_show(unsigned done, const char *fmt, ...)
{
    uint64_t now = backend_now_ns();
    char bar[BAR + 1] = "", text[120], line[160];
    va_list args;

    if ((shown_ns && now - shown_ns < EVERY_NS) || !isatty(STDERR_FILENO))
        return;
    shown_ns = now;
    if (done <= 1000)
        for (unsigned i = 0; i < BAR; i++)
            bar[i] = i < done * BAR / 1000 ? '#' : '.';
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    snprintf(line, sizeof(line), "\r%s %s\033[K", bar, text);
    print_raw(stderr, line, strlen(line));
    fflush(stderr);
}

void progress_end(void)
{
    static const char clear[] = "\r\033[K";

    if (shown_ns)
        print_raw(stderr, clear, sizeof(clear) - 1);
    fflush(stderr);
    shown_ns = 0;
}
