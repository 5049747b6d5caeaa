/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>

static FILE *copy;
static unsigned missed;

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
    va_list args;

    out("\n");
    va_start(args, format);
    both(format, args);
    va_end(args);
    out("\n  %-44s %10s  %6s  %-13s %-5s %s\n", "", "median", "ratio", "quartiles", "goal", "");
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

void table_row(const char *what, double ns, const struct spread *ratio, const char *to, double goal)
{
    char time[32];

    if (ns >= 1e6)
        snprintf(time, sizeof(time), "%.1f ms", ns / 1e6);
    else
        snprintf(time, sizeof(time), "%.2f us", ns / 1e3);
    out("  %-44s %10s", what, time);
    if (ratio)
        out("  %6.2f  %5.2f - %5.2f", ratio->median, ratio->low, ratio->high);
    if (ratio && goal > 0) {
        out(" %-5.2f %s", goal, ratio->median <= goal ? "met" : "MISSED");
        missed += ratio->median > goal;
    }
    if (ratio && to)
        out("%s  of %s", goal > 0 ? "" : "      ", to);
    out("\n");
}

void table_sure(const char *what, double ns, const struct spread *ratio, double goal)
{
    const char *verdict = ratio->high <= goal ? "met" : ratio->low > goal ? "MISSED" : "straddled";

    out("  %-44s %7.2f us  %6.3f  %5.3f - %5.3f", what, ns / 1e3, ratio->median, ratio->low,
        ratio->high);
    if (goal > 0) {
        out(" %-5.2f %s", goal, verdict);
        missed += ratio->low > goal;
    }
    out("\n");
}

void table_added(const char *what, const struct spread *added, double goal_us)
{
    double median = added->median / 1e3;

    out("  %-44s %7.2f us          %5.1f - %5.1f us < %g us %s\n", what, median, added->low / 1e3,
        added->high / 1e3, goal_us, median < goal_us ? "met" : "MISSED");
    missed += median >= goal_us;
}

unsigned table_missed(void)
{
    return missed;
}
