/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>

enum { TEXT_MAX = 24 };

static FILE *copy;
static unsigned missed, straddled;

static void both(const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    vprintf(format, args);
    fflush(stdout);
    vfprintf(copy, format, again);
    va_end(again);
}

__attribute__((format(printf, 1, 2))) static void out(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    both(format, args);
    va_end(args);
}

static void open_copy(const char *file, const char *mode)
{
    copy = fopen(file, mode);
    if (!copy)
        err(1, "%s", file);
}

void table_open(const char *file)
{
    open_copy(file, "w");
}

void table_append(const char *file)
{
    open_copy(file, "a");
}

void table_close(void)
{
    if (fclose(copy) != 0)
        err(1, "writing the table");
}

void table_heading(const char *format, ...)
{
    char title[128];
    va_list args;

    va_start(args, format);
    vsnprintf(title, sizeof(title), format, args);
    va_end(args);
    out("\n%-59s %9s  %5s  %-13s  %-5s\n", title, "median", "ratio", "quartiles", "goal");
}

void table_note(const char *format, ...)
{
    va_list args;

    out("  ");
    va_start(args, format);
    both(format, args);
    va_end(args);
    out("\n");
}

static const char *show_time(const struct condition *c, unsigned rounds, char text[TEXT_MAX])
{
    double ns = bench_spread(c->ns, rounds).median;

    if (ns >= 1e6)
        snprintf(text, TEXT_MAX, "%.1f ms", ns / 1e6);
    else
        snprintf(text, TEXT_MAX, "%.2f us", ns / 1e3);
    return text;
}

/* low, high: what the true value can be. */
static const char *judge(double low, double high, double goal)
{
    if (goal <= 0)
        return "";
    if (high <= goal)
        return "met";
    if (low > goal) {
        missed++;
        return "MISSED";
    }
    straddled++;
    return "straddled";
}

static void row(const char *what, const struct condition *of, const struct condition *to,
                unsigned rounds, double goal, const struct spread *shown)
{
    struct spread sure = bench_ratio_sure(of, to, rounds);
    int digits = shown->median < 10 ? 3 : 1;
    char text[TEXT_MAX], goal_text[TEXT_MAX] = "";

    if (goal > 0)
        snprintf(goal_text, sizeof(goal_text), "%.2f", goal);
    out("  %-57s %9s  %5.*f  %5.*f - %5.*f  %-5s  %-9s", what, show_time(of, rounds, text), digits,
        shown->median, digits, shown->low, digits, shown->high, goal_text,
        judge(sure.low, sure.high, goal));
    out("  of %s, %s\n", to->name, show_time(to, rounds, text));
}

void table_row(const char *what, const struct condition *of, const struct condition *to,
               unsigned rounds, double goal)
{
    struct spread quartiles = bench_ratio(of, to, rounds);

    row(what, of, to, rounds, goal, &quartiles);
}

void table_sure(const char *what, const struct condition *of, const struct condition *to,
                unsigned rounds, double goal)
{
    struct spread sure = bench_ratio_sure(of, to, rounds);

    row(what, of, to, rounds, goal, &sure);
}

void table_yardstick(const char *what, const struct condition *c, unsigned rounds)
{
    char text[TEXT_MAX];

    out("  %-57s %9s\n", what, show_time(c, rounds, text));
}

void table_memory(const char *what, double bytes, double goal)
{
    static const double mib = 1048576;

    out("  %-57s %5.2f MiB  %5s  %13s  %-5.2f  %s\n", what, bytes / mib, "", "", goal / mib,
        judge(bytes, bytes, goal));
}

unsigned table_missed(void)
{
    return missed;
}

unsigned table_straddled(void)
{
    return straddled;
}
