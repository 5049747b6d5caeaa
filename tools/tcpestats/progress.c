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

bool progress_is_due(void)
{
    static int on_terminal = -1;

    if (on_terminal < 0)
        on_terminal = isatty(STDERR_FILENO);
    return on_terminal && (!shown_ns || backend_now_ns() - shown_ns >= EVERY_NS);
}

void progress_show(unsigned done, const char *fmt, ...)
{
    char bar[BAR + 1] = "", text[120], line[160];
    va_list args;

    if (!progress_is_due())
        return;
    shown_ns = backend_now_ns();
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
