/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A Windows program that does as it is told, a line at a time, and answers in a line: so a script
 * can look at links through one process for as long as it likes.
 *
 *   list             handle name type device, for each, separated by ';'
 *   get HANDLE       the members of RAS_STATS after dwSize, or "error N"
 *   clear HANDLE     "ok" or "error N"
 *   status HANDLE    the state and device, or "error N"
 *   hangup HANDLE    "error N"
 */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void list(void)
{
    static RASCONNA conns[256];
    DWORD size = sizeof(conns), count = 0, error;

    conns[0].dwSize = sizeof(conns[0]);
    error = ras_enum(A, conns, &size, &count);
    if (error)
        printf("error %lu", error);
    for (DWORD i = 0; i < count; i++)
        printf("%s%lx %s %s %s", i ? ";" : "", (unsigned long)(ULONG_PTR)conns[i].hrasconn,
               conns[i].szEntryName, conns[i].szDeviceType, conns[i].szDeviceName);
}

static void get(HRASCONN conn)
{
    union {
        RAS_STATS stats;
        DWORD value[15];
    } u = {.stats = {.dwSize = sizeof(u.stats)}};
    DWORD error = ras_get(conn, &u.stats);

    if (error)
        printf("error %lu", error);
    for (int i = 1; i < 15 && !error; i++)
        printf("%s%lu", i > 1 ? " " : "", u.value[i]);
}

static void status(HRASCONN conn)
{
    RASCONNSTATUSA s = {.dwSize = sizeof(s)};
    DWORD error = ras_status(A, conn, &s);

    if (error)
        printf("error %lu", error);
    else
        printf("%x %s %s", (unsigned)s.rasconnstate, s.szDeviceType, s.szDeviceName);
}

static void report(DWORD error)
{
    if (error)
        printf("error %lu", error);
    else
        printf("ok");
}

int main(void)
{
    char line[128];

    ras_load();
    while (fgets(line, sizeof(line), stdin)) {
        char *space = strchr(line, ' ');
        HRASCONN conn = (HRASCONN)(ULONG_PTR)(space ? strtoul(space, NULL, 16) : 0);

        line[strcspn(line, " \r\n")] = 0;
        if (!strcmp(line, "list"))
            list();
        else if (!strcmp(line, "get"))
            get(conn);
        else if (!strcmp(line, "clear"))
            report(ras_clear(conn));
        else if (!strcmp(line, "status"))
            status(conn);
        else if (!strcmp(line, "hangup"))
            report(ras_hang_up(A, conn));
        else
            printf("what?");
        printf("\n");
        fflush(stdout);
    }
    return 0;
}
