/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What connections have carried; and hanging them up, which is not for us to do. */
#include <windows.h>
#include <ras.h>
#include <raserror.h>

#include <string.h>

#include "../shim/debug.h"
#include "../shim/helper.h"
#include "../wineestats/status.h"
#include "exports.h"
#include "handle.h"

/* What the pages on the two functions that read call E_INVALIDARG and E_INVALID_ARG. */
#define INVALID_ARGUMENT ((DWORD)E_INVALIDARG)

/* The whole connection, where the functions on links count from 1. */
#define CONNECTION 0

_Static_assert(sizeof(RAS_STATS) == 4 + 4 * RAS_VALUES, "RAS_STATS");

static DWORD get(HRASCONN conn, DWORD subentry, RAS_STATS *stats)
{
    struct ras_get wire;
    NTSTATUS status;

    if (!conn || !stats || stats->dwSize != sizeof(*stats))
        return INVALID_ARGUMENT;
    memset(&wire, 0, sizeof(wire));
    wire.handle = handle_of(conn);
    wire.subentry = subentry;
    if (!wire.handle || !helper_present())
        return ERROR_INVALID_HANDLE;
    status = helper_call(RAS_GET, &wire);
    if (status)
        return status_to_win32(status);
    /* Should the memory be gone at its other end, none of it is written. */
    *(volatile DWORD *)&stats->dwConnectDuration = stats->dwConnectDuration;
    memcpy(&stats->dwBytesXmited, wire.value, sizeof(wire.value));
    return ERROR_SUCCESS;
}

static DWORD clear(HRASCONN conn, DWORD subentry)
{
    struct ras_clear wire = {handle_of(conn), subentry};
    NTSTATUS status;

    if (!wire.handle || !helper_present())
        return ERROR_INVALID_HANDLE;
    status = helper_call(RAS_CLEAR, &wire);
    return status ? status_to_win32(status) : ERROR_SUCCESS;
}

DWORD WINAPI RasGetConnectionStatistics(HRASCONN conn, RAS_STATS *stats)
{
    typedef DWORD(WINAPI * get_fn)(HRASCONN conn, RAS_STATS * stats);
    get_fn stock = is_hidden(GET_CONNECTION) ? (get_fn)(void *)stock_function(GET_CONNECTION)
                                             : NULL;
    DWORD error;

    if (stock)
        return stock(conn, stats);
    TRACE(__func__, "conn %p stats %p\n", conn, stats);
    error = get(conn, CONNECTION, stats);
    TRACE(__func__, "-> %u\n", (unsigned int)error);
    return error;
}

DWORD WINAPI RasGetLinkStatistics(HRASCONN conn, DWORD subentry, RAS_STATS *stats)
{
    typedef DWORD(WINAPI * get_fn)(HRASCONN conn, DWORD subentry, RAS_STATS * stats);
    get_fn stock = is_hidden(GET_LINK) ? (get_fn)(void *)stock_function(GET_LINK) : NULL;
    DWORD error;

    if (stock)
        return stock(conn, subentry, stats);
    TRACE(__func__, "conn %p subentry %u stats %p\n", conn, (unsigned int)subentry, stats);
    error = subentry ? get(conn, subentry, stats) : INVALID_ARGUMENT;
    TRACE(__func__, "-> %u\n", (unsigned int)error);
    return error;
}

DWORD WINAPI RasClearConnectionStatistics(HRASCONN conn)
{
    DWORD error;

    TRACE(__func__, "conn %p\n", conn);
    /* Wine has none of the two, so hidden they have nowhere to go. */
    error = is_hidden(CLEAR_CONNECTION) ? ERROR_INVALID_HANDLE : clear(conn, CONNECTION);
    TRACE(__func__, "-> %u\n", (unsigned int)error);
    return error;
}

DWORD WINAPI RasClearLinkStatistics(HRASCONN conn, DWORD subentry)
{
    struct ras_status unused;
    DWORD error;

    TRACE(__func__, "conn %p subentry %u\n", conn, (unsigned int)subentry);
    if (is_hidden(CLEAR_LINK)) {
        error = ERROR_INVALID_HANDLE;
    } else if (subentry) {
        error = clear(conn, subentry);
    } else {
        /* The page names the handle first. */
        error = find_connection(conn, &unused);
        if (!error)
            error = ERROR_INVALID_PARAMETER;
    }
    TRACE(__func__, "-> %u\n", (unsigned int)error);
    return error;
}

/* What names no link of the host may be a connection of Wine's. */
static DWORD hang_up(enum own_export which, HRASCONN conn)
{
    typedef DWORD(WINAPI * hang_up_fn)(HRASCONN conn);
    const char *name = own_export_name(which);
    hang_up_fn stock = (hang_up_fn)(void *)stock_function(which);
    struct ras_status unused;

    if (!is_hidden(which) && !find_connection(conn, &unused)) {
        TRACE(name, "conn %p is a link of the host -> %u\n", conn,
              (unsigned int)ERROR_ACCESS_DENIED);
        return ERROR_ACCESS_DENIED;
    }
    return stock ? stock(conn) : ERROR_INVALID_HANDLE;
}

DWORD WINAPI RasHangUpA(HRASCONN conn)
{
    return hang_up(HANG_UP_A, conn);
}

DWORD WINAPI RasHangUpW(HRASCONN conn)
{
    return hang_up(HANG_UP_W, conn);
}
