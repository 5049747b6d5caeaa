/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef RASAPI32_HANDLE_H
#define RASAPI32_HANDLE_H

#include <windows.h>
#include <ras.h>

#include "../wineestats/gate.h"

/* The host's handles have 32 bits, so that both kinds of programs have the same. 0: it is none. */
static inline DWORD handle_of(HRASCONN conn)
{
    ULONG_PTR value = (ULONG_PTR)conn;

    return value == (DWORD)value ? (DWORD)value : 0;
}

/* The link of a handle: ERROR_SUCCESS, ERROR_INVALID_HANDLE, or another error. */
DWORD find_connection(HRASCONN conn, struct ras_status *status);

#endif
