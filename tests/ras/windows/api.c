/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const kind_names[2] = {"A", "W"};
HMODULE ras_module;

#define IS_64_BIT (sizeof(void *) == 8)

/* From the headers of the Windows SDK by their WINVER; not from the DLL under test. */
const struct generation generations[] = {
    {"NT 3.51", {IS_64_BIT ? 0 : 32, IS_64_BIT ? 0 : 52}, {64, 112}},
    {"95", {IS_64_BIT ? 416 : 412, IS_64_BIT ? 820 : 816}, {160, 304}},
    {"NT 4", {IS_64_BIT ? 680 : 676, IS_64_BIT ? 1344 : 1340}, {288, 564}},
    {"2000", {IS_64_BIT ? 696 : 692, IS_64_BIT ? 1360 : 1356}, {0, 0}},
    {"XP", {IS_64_BIT ? 708 : 704, IS_64_BIT ? 1372 : 1368}, {0, 0}},
    {"7", {IS_64_BIT ? 724 : 720, IS_64_BIT ? 1388 : 1384}, {332, 608}},
};
const size_t n_generations = sizeof(generations) / sizeof(generations[0]);

static struct {
    DWORD(WINAPI *list[2])(void *conns, DWORD *size, DWORD *count);
    DWORD(WINAPI *status[2])(HRASCONN conn, void *status);
    DWORD(WINAPI *get)(HRASCONN conn, RAS_STATS *stats);
    DWORD(WINAPI *get_link)(HRASCONN conn, DWORD subentry, RAS_STATS *stats);
    DWORD(WINAPI *clear)(HRASCONN conn);
    DWORD(WINAPI *clear_link)(HRASCONN conn, DWORD subentry);
    DWORD(WINAPI *hang_up[2])(HRASCONN conn);
} ras;

void ras_load(void)
{
    ras_module = LoadLibraryA("rasapi32.dll");
    if (!ras_module) {
        printf("rasapi32.dll cannot be loaded, error %lu\n", GetLastError());
        exit(3);
    }
    ras.list[A] = (void *)GetProcAddress(ras_module, "RasEnumConnectionsA");
    ras.list[W] = (void *)GetProcAddress(ras_module, "RasEnumConnectionsW");
    ras.status[A] = (void *)GetProcAddress(ras_module, "RasGetConnectStatusA");
    ras.status[W] = (void *)GetProcAddress(ras_module, "RasGetConnectStatusW");
    ras.get = (void *)GetProcAddress(ras_module, "RasGetConnectionStatistics");
    ras.get_link = (void *)GetProcAddress(ras_module, "RasGetLinkStatistics");
    ras.clear_link = (void *)GetProcAddress(ras_module, "RasClearLinkStatistics");
    /* Stock Wine has this one, and raises an exception when it is called. */
    if (ras.clear_link || !wt_on_wine())
        ras.clear = (void *)GetProcAddress(ras_module, "RasClearConnectionStatistics");
    ras.hang_up[A] = (void *)GetProcAddress(ras_module, "RasHangUpA");
    ras.hang_up[W] = (void *)GetProcAddress(ras_module, "RasHangUpW");
}

DWORD ras_enum(int kind, void *conns, DWORD *size, DWORD *count)
{
    return ras.list[kind] ? ras.list[kind](conns, size, count) : NOT_EXPORTED;
}

DWORD ras_status(int kind, HRASCONN conn, void *status)
{
    return ras.status[kind] ? ras.status[kind](conn, status) : NOT_EXPORTED;
}

DWORD ras_get(HRASCONN conn, RAS_STATS *stats)
{
    return ras.get ? ras.get(conn, stats) : NOT_EXPORTED;
}

DWORD ras_get_link(HRASCONN conn, DWORD subentry, RAS_STATS *stats)
{
    return ras.get_link ? ras.get_link(conn, subentry, stats) : NOT_EXPORTED;
}

DWORD ras_clear(HRASCONN conn)
{
    return ras.clear ? ras.clear(conn) : NOT_EXPORTED;
}

DWORD ras_clear_link(HRASCONN conn, DWORD subentry)
{
    return ras.clear_link ? ras.clear_link(conn, subentry) : NOT_EXPORTED;
}

DWORD ras_hang_up(int kind, HRASCONN conn)
{
    return ras.hang_up[kind] ? ras.hang_up[kind](conn) : NOT_EXPORTED;
}

DWORD ras_all(HRASCONN *conns, DWORD room)
{
    DWORD size = 256 * sizeof(RASCONNW), count = 0;
    RASCONNW *list = calloc(1, size);

    list->dwSize = sizeof(*list);
    if (ras_enum(W, list, &size, &count))
        count = 0;
    if (count > room)
        count = room;
    for (DWORD i = 0; i < count; i++)
        conns[i] = list[i].hrasconn;
    free(list);
    return count;
}

HRASCONN ras_any(void)
{
    HRASCONN conn = NULL;

    ras_all(&conn, 1);
    return conn;
}

const char *ras_code(DWORD code)
{
    static const struct {
        DWORD code;
        const char *name;
    } names[] = {{0, "ERROR_SUCCESS"},
                 {5, "ERROR_ACCESS_DENIED"},
                 {6, "ERROR_INVALID_HANDLE"},
                 {87, "ERROR_INVALID_PARAMETER"},
                 {603, "ERROR_BUFFER_TOO_SMALL"},
                 {632, "ERROR_INVALID_SIZE"},
                 {635, "ERROR_UNKNOWN"},
                 {668, "ERROR_NO_CONNECTION"},
                 {INVALID_ARGUMENT, "E_INVALIDARG"},
                 {NOT_EXPORTED, "no such function"}};
    static char text[4][32];
    static unsigned next;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code)
            return names[i].name;
    next = (next + 1) % 4;
    snprintf(text[next], sizeof(text[next]), "%lu", code);
    return text[next];
}

int all_bytes(const void *memory, size_t size, BYTE byte)
{
    const BYTE *bytes = memory;

    for (size_t i = 0; i < size; i++)
        if (bytes[i] != byte)
            return 0;
    return 1;
}
