/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connections as rasapi32.dll tells of them. What their duration counts from, for which Windows has
 * no word, comes from the helper where there is one.
 */
#include "link-info.h"

#include <windows.h>
#include <ras.h>
#include <raserror.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "helper-windows.h"
#include "tables-windows.h"

_Static_assert(sizeof(RAS_STATS) == 4 + 4 * LINK_MEMBERS, "members");

static struct {
    DWORD(WINAPI *list)(LPRASCONNW conns, DWORD *size, DWORD *count);
    DWORD(WINAPI *get)(HRASCONN conn, RAS_STATS *stats);
} ras;

static int load_ras(struct failure *failure)
{
    HMODULE module = LoadLibraryW(L"rasapi32.dll");

    ras.list = module ? (void *)GetProcAddress(module, "RasEnumConnectionsW") : NULL;
    ras.get = module ? (void *)GetProcAddress(module, "RasGetConnectionStatistics") : NULL;
    /* Wine's own has the functions, which do nothing, but never this one. */
    if (ras.list && ras.get && GetProcAddress(module, "RasClearLinkStatistics"))
        return TOOL_OK;
    return fail_with(failure, TOOL_NOT_SUPPORTED, "%s",
                     helper_is_wine() ? "RAS connections are not installed for this Wine prefix or "
                                        "program; 'wine-estats install' installs them"
                                      : "this version of Windows has no RAS statistics");
}

/* *conns is to be freed. */
static DWORD fetch_connections(RASCONNW **conns, DWORD *count)
{
    DWORD size = 0, error = ERROR_BUFFER_TOO_SMALL;

    *conns = NULL;
    *count = 0;
    /* There may be more of them by the next call, but not for ever. */
    for (int tries = 0; tries < 10 && error == ERROR_BUFFER_TOO_SMALL; tries++) {
        size += 4 * sizeof(**conns);
        free(*conns);
        *conns = calloc(1, size);
        if (!*conns)
            return ERROR_NOT_ENOUGH_MEMORY;
        (*conns)->dwSize = sizeof(**conns);
        error = ras.list(*conns, &size, count);
    }
    return error;
}

static const char *ask_since(HRASCONN conn)
{
    /* In the order of enum lk_since. */
    static const char *const names[] = {"first look", "oldest address", "pppd"};
    struct ras_get get;

    memset(&get, 0, sizeof(get));
    get.handle = (uint32_t)(ULONG_PTR)conn;
    return helper_call(RAS_GET, &get) && get.since < sizeof(names) / sizeof(names[0])
               ? names[get.since]
               : NULL;
}

static void to_utf8(const WCHAR *from, char *to, int room)
{
    if (!WideCharToMultiByte(CP_UTF8, 0, from, -1, to, room, NULL, NULL))
        to[0] = 0;
}

static bool read_link(const RASCONNW *conn, struct link_info *link, DWORD *error)
{
    RAS_STATS stats = {.dwSize = sizeof(stats)};
    DWORD values[LINK_MEMBERS];

    *error = ras.get(conn->hrasconn, &stats);
    if (*error)
        return false;
    memset(link, 0, sizeof(*link));
    to_utf8(conn->szEntryName, link->name, sizeof(link->name));
    to_utf8(conn->szDeviceType, link->device_type, sizeof(link->device_type));
    to_utf8(conn->szDeviceName, link->device_name, sizeof(link->device_name));
    link->handle = (ULONG_PTR)conn->hrasconn;
    memcpy(values, &stats.dwBytesXmited, sizeof(values));
    for (unsigned i = 0; i < LINK_MEMBERS; i++)
        link->value[i] = values[i];
    link->host_sources = helper_is_wine();
    link->since = ask_since(conn->hrasconn);
    return true;
}

int links_list(int (*visit)(const struct link_info *, void *), void *arg, struct failure *failure)
{
    RASCONNW *conns = NULL;
    DWORD count = 0, error;
    int code = load_ras(failure);

    if (code)
        return code;
    error = fetch_connections(&conns, &count);
    for (DWORD i = 0; i < count && !error; i++) {
        struct link_info link;

        if (read_link(&conns[i], &link, &error)) {
            if (visit(&link, arg))
                break;
        } else if (error == ERROR_INVALID_HANDLE) {
            error = 0; /* gone in between */
        }
    }
    free(conns);
    return error ? tables_fail(failure, "rasapi32.dll", error) : TOOL_OK;
}
