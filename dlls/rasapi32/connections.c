/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which connections there are, and their state. Program memory is read before the unix side is
 * called and written after it, all of it or nothing.
 */
#include "layout.h"

#include <raserror.h>
#include <string.h>

#include "../shim/debug.h"
#include "../shim/helper.h"
#include "../wineestats/status.h"
#include "exports.h"
#include "handle.h"

/* Faults on memory that cannot be written, and leaves it as it is. */
static void touch(void *ptr, size_t size)
{
    volatile BYTE *bytes = ptr;

    for (size_t i = 0; i < size; i += 4096)
        bytes[i] = bytes[i];
    if (size)
        bytes[size - 1] = bytes[size - 1];
}

struct found {
    struct ras_link *link; /* from the process' heap */
    DWORD count;
};

static void found_free(struct found *found)
{
    if (found->link)
        HeapFree(GetProcessHeap(), 0, found->link);
}

/* found is then larger by what part holds. */
static bool found_add(struct found *found, const struct ras_links *part)
{
    size_t size = (found->count + part->count) * sizeof(*found->link);
    struct ras_link *more;

    if (!part->count)
        return true;
    more = found->link ? HeapReAlloc(GetProcessHeap(), 0, found->link, size)
                       : HeapAlloc(GetProcessHeap(), 0, size);
    if (!more)
        return false;
    found->link = more;
    memcpy(more + found->count, part->link, part->count * sizeof(*more));
    found->count += part->count;
    return true;
}

static DWORD find_all(struct found *found)
{
    struct ras_links part;
    DWORD after = 0;

    do {
        NTSTATUS status;

        part.after = after;
        status = helper_call(RAS_LINKS, &part);
        if (status)
            return status_to_win32(status);
        if (!found_add(found, &part))
            return ERROR_NOT_ENOUGH_MEMORY;
        if (part.count)
            after = part.link[part.count - 1].index;
    } while (part.more && part.count);
    return ERROR_SUCCESS;
}

/* The first part of the work: what is asked for, and whether the question makes sense. */
static DWORD check_enum(const void *conns, const DWORD *size, const DWORD *count, bool wide,
                        DWORD *stride)
{
    if (!size || !count)
        return ERROR_INVALID_PARAMETER;
    *stride = conn_size_newest(wide);
    if (conns && *size >= sizeof(DWORD)) {
        DWORD asked = *(const DWORD *)conns;

        if (!conn_size_known(asked, wide))
            return ERROR_INVALID_SIZE;
        *stride = asked;
    }
    return ERROR_SUCCESS;
}

static DWORD enum_all(BYTE *conns, DWORD *size, DWORD *count, bool wide)
{
    struct found found = {NULL, 0};
    DWORD stride, room, needed, error = check_enum(conns, size, count, wide, &stride);

    if (error)
        return error;
    room = conns ? *size : 0;
    if (helper_present())
        error = find_all(&found);
    needed = found.count * stride;
    /* A buffer that is there has room for one at least. */
    if (!error && room < (conns && needed < stride ? stride : needed)) {
        *size = needed < stride ? stride : needed;
        error = ERROR_BUFFER_TOO_SMALL;
    } else if (!error) {
        touch(conns, needed);
        touch(size, sizeof(*size));
        touch(count, sizeof(*count));
        for (DWORD i = 0; i < found.count; i++)
            conn_fill(conns + i * stride, stride, wide, &found.link[i]);
        *size = needed;
        *count = found.count;
    }
    found_free(&found);
    return error;
}

static DWORD traced_enum(enum own_export which, void *conns, DWORD *size, DWORD *count)
{
    typedef DWORD(WINAPI * enum_fn)(void *conns, DWORD *size, DWORD *count);
    const char *name = own_export_name(which);
    enum_fn stock = is_hidden(which) ? (enum_fn)(void *)stock_function(which) : NULL;
    DWORD error;

    if (stock)
        return stock(conns, size, count);
    TRACE(name, "conns %p size %p count %p\n", conns, size, count);
    error = enum_all(conns, size, count, which == ENUM_W);
    TRACE(name, "-> %u\n", (unsigned int)error);
    return error;
}

DWORD find_connection(HRASCONN conn, struct ras_status *status)
{
    NTSTATUS result;

    memset(status, 0, sizeof(*status));
    status->handle = handle_of(conn);
    if (!status->handle || !helper_present())
        return ERROR_INVALID_HANDLE;
    result = helper_call(RAS_STATUS, status);
    return result ? status_to_win32(result) : ERROR_SUCCESS;
}

static DWORD get_status(HRASCONN conn, BYTE *out, bool wide)
{
    struct ras_status status;
    DWORD size, error;

    if (!conn)
        return ERROR_INVALID_HANDLE;
    if (!out)
        return ERROR_INVALID_PARAMETER;
    size = *(const DWORD *)(void *)out;
    if (!status_size_known(size, wide))
        return ERROR_INVALID_SIZE;
    error = find_connection(conn, &status);
    if (error)
        return error;
    touch(out, size);
    status_fill(out, size, wide, &status.link);
    return ERROR_SUCCESS;
}

static DWORD traced_status(enum own_export which, HRASCONN conn, void *out)
{
    typedef DWORD(WINAPI * status_fn)(HRASCONN conn, void *out);
    const char *name = own_export_name(which);
    status_fn stock = is_hidden(which) ? (status_fn)(void *)stock_function(which) : NULL;
    DWORD error;

    if (stock)
        return stock(conn, out);
    TRACE(name, "conn %p status %p\n", conn, out);
    error = get_status(conn, out, which == STATUS_W);
    TRACE(name, "-> %u\n", (unsigned int)error);
    return error;
}

DWORD WINAPI RasEnumConnectionsA(LPRASCONNA conns, LPDWORD size, LPDWORD count)
{
    return traced_enum(ENUM_A, conns, size, count);
}

DWORD WINAPI RasEnumConnectionsW(LPRASCONNW conns, LPDWORD size, LPDWORD count)
{
    return traced_enum(ENUM_W, conns, size, count);
}

DWORD WINAPI RasGetConnectStatusA(HRASCONN conn, LPRASCONNSTATUSA status)
{
    return traced_status(STATUS_A, conn, status);
}

DWORD WINAPI RasGetConnectStatusW(HRASCONN conn, LPRASCONNSTATUSW status)
{
    return traced_status(STATUS_W, conn, status);
}
