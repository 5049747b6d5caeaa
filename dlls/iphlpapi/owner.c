/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GetOwnerModuleFrom...Entry, for a Wine without them: which program a row of a table with owners
 * belongs to. That is the process of the row's owner; Wine has no services within a process that
 * could own a connection by themselves.
 */
#include <winsock2.h>
#include <windows.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>

#include <stdbool.h>
#include <string.h>

#include "../shim/debug.h"
#include "exports.h"

#define PATH_ROOM 4096

/* Whose rows are the kernel's own. */
#define SYSTEM_PID 4

static size_t length_of(const WCHAR *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

static const WCHAR *base_name(const WCHAR *path)
{
    const WCHAR *name = path;

    for (; *path; path++) {
        if (*path == '\\')
            name = path + 1;
    }
    return name;
}

static DWORD read_path(DWORD pid, WCHAR *path)
{
    DWORD length = PATH_ROOM, error = NO_ERROR;
    HANDLE process;

    if (pid == SYSTEM_PID) {
        memcpy(path, L"System", sizeof(L"System"));
        return NO_ERROR;
    }
    process = pid ? OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid) : NULL;
    if (!process)
        return pid && GetLastError() != ERROR_INVALID_PARAMETER ? GetLastError() : ERROR_NOT_FOUND;
    if (!QueryFullProcessImageNameW(process, 0, path, &length))
        error = GetLastError() == ERROR_GEN_FAILURE ? ERROR_NOT_FOUND : GetLastError();
    CloseHandle(process);
    return error;
}

/* The structure, and behind it what it points to. */
static DWORD fill(const WCHAR *path, void *buffer, DWORD *size)
{
    const WCHAR *name = base_name(path);
    size_t name_size = (length_of(name) + 1) * sizeof(WCHAR);
    size_t path_size = (length_of(path) + 1) * sizeof(WCHAR);
    DWORD needed = (DWORD)(sizeof(TCPIP_OWNER_MODULE_BASIC_INFO) + name_size + path_size);
    TCPIP_OWNER_MODULE_BASIC_INFO info;

    if (!buffer || *size < needed) {
        *size = needed;
        return ERROR_INSUFFICIENT_BUFFER;
    }
    info.pModuleName = (WCHAR *)((BYTE *)buffer + sizeof(info));
    info.pModulePath = (WCHAR *)((BYTE *)info.pModuleName + name_size);
    memcpy(buffer, &info, sizeof(info));
    memcpy(info.pModuleName, name, name_size);
    memcpy(info.pModulePath, path, path_size);
    *size = needed;
    return NO_ERROR;
}

typedef DWORD(WINAPI *owner_fn)(const void *row, int cls, void *buffer, DWORD *size);

static DWORD get_owner(enum own_export which, const void *row, const DWORD *pid, int cls,
                       void *buffer, DWORD *size)
{
    owner_fn stock = is_hidden(which) ? (owner_fn)(void *)stock_function(which) : NULL;
    const char *name = own_export_name(which);
    WCHAR path[PATH_ROOM];
    DWORD error;

    if (is_hidden(which))
        return stock ? stock(row, cls, buffer, size) : ERROR_NOT_SUPPORTED;
    if (!row || !size || cls != TCPIP_OWNER_MODULE_INFO_BASIC)
        return ERROR_INVALID_PARAMETER;
    TRACE(name, "pid %#lx buffer %p size %lu\n", *pid, buffer, *size);
    error = read_path(*pid, path);
    if (!error)
        error = fill(path, buffer, size);
    TRACE(name, "-> %lu\n", error);
    return error;
}

/* All four in one form; where a row has its owner differs. */
#define OWNER(function, which, type)                                                               \
    DWORD WINAPI function(type *row, TCPIP_OWNER_MODULE_INFO_CLASS cls, PVOID buffer, PDWORD size) \
    {                                                                                              \
        return get_owner(which, row, row ? &row->dwOwningPid : NULL, (int)cls, buffer, size);      \
    }

OWNER(GetOwnerModuleFromTcpEntry, OWNER_TCP, MIB_TCPROW_OWNER_MODULE)
OWNER(GetOwnerModuleFromTcp6Entry, OWNER_TCP6, MIB_TCP6ROW_OWNER_MODULE)
OWNER(GetOwnerModuleFromUdpEntry, OWNER_UDP, MIB_UDPROW_OWNER_MODULE)
OWNER(GetOwnerModuleFromUdp6Entry, OWNER_UDP6, MIB_UDP6ROW_OWNER_MODULE)
