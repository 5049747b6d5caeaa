/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints docs/ras.md from docs/ras.md.in, with the tables that are named in it. */
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "links.h"

static const char *or_dash(const char *text)
{
    return text[0] ? text : "-";
}

static void members(void)
{
    puts("| member | unit | Linux source | note |\n|---|---|---|---|");
    for (unsigned int i = 0; i < LK_MEMBERS; i++) {
        const struct lk_member_info *m = lk_member_info(i);

        printf("| dw%s | %s | %s | %s |\n", m->name, or_dash(m->unit),
               m->source[0] ? m->source : "none: always 0", m->note);
    }
}

static void size_cell(unsigned int size)
{
    if (size)
        printf(" %u |", size);
    else
        printf(" - |");
}

static void connections(void)
{
    puts("| since | WINVER | A, 32-bit | A, 64-bit | W, 32-bit | W, 64-bit |\n"
         "|---|---|---|---|---|---|");
#define CONN(winver, windows, a32, a64, w32, w64) \
    printf("| %s | %s |", windows, winver);       \
    size_cell(a32), size_cell(a64), size_cell(w32), size_cell(w64), puts("");
#include "../dlls/rasapi32/generations.def"
}

static void statuses(void)
{
    puts("| since | WINVER | A | W |\n|---|---|---|---|");
#define STATUS(winver, windows, a, w)       \
    printf("| %s | %s |", windows, winver); \
    size_cell(a), size_cell(w), puts("");
#include "../dlls/rasapi32/generations.def"
}

static void kind(const char *name, unsigned int flags, enum lk_device device, const char *text)
{
    printf("| `%s` | %s | %s | %s |\n", name, lk_device_type(device), text,
           flags & IFF_POINTOPOINT ? "with a remote end" : "");
}

static void kinds(void)
{
    puts("| netlink's kind | device type | device name | only |\n|---|---|---|---|");
#define KIND(name, flags, device, text) kind(name, flags, device, text);
#include "kinds.def"
#undef KIND
}

static const struct {
    const char *name;
    void (*print)(void);
} tables[] = {{"@members@\n", members},
              {"@connections@\n", connections},
              {"@statuses@\n", statuses},
              {"@kinds@\n", kinds}};

int main(void)
{
    char line[512];

    while (fgets(line, sizeof(line), stdin)) {
        size_t i = 0;

        while (i < sizeof(tables) / sizeof(tables[0]) && strcmp(line, tables[i].name))
            i++;
        if (i < sizeof(tables) / sizeof(tables[0]))
            tables[i].print();
        else
            fputs(line, stdout);
    }
    return 0;
}
