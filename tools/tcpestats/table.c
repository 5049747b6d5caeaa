/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "utf8.h"

#define CELL_MAX 1024

void table_begin(struct table *table, const char *align)
{
    *table = (struct table){.align = align, .columns = strlen(align)};
}

void table_begin_wide(struct table *table, const char *align, size_t *widths)
{
    table_begin(table, align);
    table->widths = widths;
}

void table_cell(struct table *table, const char *fmt, ...)
{
    char text[CELL_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    utf8_make_printable(text);
    if (table->count == table->room) {
        size_t room = table->room ? 2 * table->room : 256;
        char **grown = realloc(table->cells, room * sizeof(*grown));

        if (!grown) {
            table->broken = true;
            return;
        }
        table->cells = grown;
        table->room = room;
    }
    table->cells[table->count] = strdup(text);
    if (table->cells[table->count])
        table->count++;
    else
        table->broken = true;
}

static size_t cell_width(const struct table *table, size_t index)
{
    return index < table->count ? utf8_length(table->cells[index]) : 0;
}

/* One row into line, which is large enough. */
static void join_row(const struct table *table, size_t row, const size_t *widths, char *line)
{
    char *end = line;

    for (size_t column = 0; column < table->columns; column++) {
        size_t index = row * table->columns + column;
        const char *text = index < table->count ? table->cells[index] : "";
        size_t padding = widths[column] - cell_width(table, index), length = strlen(text);
        bool right = table->align[column] == 'r';

        if (column) {
            memset(end, ' ', 2);
            end += 2;
        }
        if (right) {
            memset(end, ' ', padding);
            end += padding;
        }
        memcpy(end, text, length);
        end += length;
        if (!right) {
            memset(end, ' ', padding);
            end += padding;
        }
    }
    while (end > line && end[-1] == ' ')
        end--;
    *end = 0;
}

int table_end(struct table *table, void (*line)(const char *text, void *arg), void *arg,
              struct failure *failure)
{
    size_t own[TABLE_COLUMNS_MAX] = {0}, *widths = table->widths ? table->widths : own;
    size_t rows = table->count / table->columns;
    bool broken = table->broken;
    char *text = malloc(TABLE_COLUMNS_MAX * (size_t)(2 * CELL_MAX + 2));

    for (size_t i = 0; i < table->count; i++) {
        size_t width = cell_width(table, i);

        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
    }
    for (size_t row = 0; text && !broken && row < rows; row++) {
        join_row(table, row, widths, text);
        line(text, arg);
    }
    broken |= !text;
    free(text);
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct table){.align = table->align, .columns = table->columns};
    return broken ? fail_with(failure, TOOL_OTHER, "out of memory") : TOOL_OK;
}

static void print_row(const char *text, void *indent)
{
    print_line(stdout, "%s%s", (const char *)indent, text);
}

int table_print(struct table *table, const char *indent, struct failure *failure)
{
    return table_end(table, print_row, (void *)(uintptr_t)indent, failure);
}

static void format_scaled(uint64_t value, const char *suffix, char text[16])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double scaled = (double)value;
    unsigned unit = 0;

    while (scaled >= 999.5 && unit < 5) {
        scaled /= 1000;
        unit++;
    }
    snprintf(text, 16, "%.*g %s%s", unit ? 3 : 4, scaled, units[unit], suffix);
}

void format_rate(uint64_t rate, char text[16])
{
    format_scaled(rate, "/s", text);
}

void format_bytes(uint64_t bytes, char text[16])
{
    format_scaled(bytes, "", text);
}
