/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * by-path none | standin: does iphlpapi.dll serve where Wine loads the helper by its path?
 *
 * Before the DLL looks for its helper, its import of NtQueryVirtualMemory is turned to a function
 * of ours. "none" answers as a Wine without that class; "standin" loads what it is asked for, by
 * way of standin.dll. Prints the answer for a connection that carries 100 bytes, and how often the
 * class was asked for.
 */
#include <winsock2.h>
#include <windows.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <winternl.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "standin.h"

#define BYTES 100

typedef LONG(NTAPI *query_fn)(HANDLE process, const void *addr, int class, void *buffer,
                              SIZE_T length, SIZE_T *ret_length);

static query_fn real_query;
static LONG(WINAPI *standin_call)(struct standin_load *load);
static char *(__cdecl *unix_name)(const WCHAR *path);
static bool has_class;
static volatile LONG asked;

static LONG load_by_name(const UNICODE_STRING *name, UINT64 out[2])
{
    struct standin_load load = {.wow64 = sizeof(void *) == 4};
    WCHAR path[MAX_PATH] = L"";
    const char *host;

    memcpy(path, name->Buffer, min(name->Length, sizeof(path) - sizeof(*path)));
    path[1] = '\\';
    host = unix_name(path);
    if (!host || snprintf(load.path, sizeof(load.path), "%s", host) >= (int)sizeof(load.path))
        return (LONG)0xC0000135;
    standin_call(&load);
    out[0] = load.module;
    out[1] = load.functions;
    return load.found ? 0 : (LONG)0xC0000135;
}

static LONG NTAPI query(HANDLE process, const void *addr, int class, void *buffer, SIZE_T length,
                        SIZE_T *ret_length)
{
    if (class != 1002)
        return real_query(process, addr, class, buffer, length, ret_length);
    InterlockedIncrement(&asked);
    if (!has_class)
        return (LONG)0xC0000003;
    return length == 16 ? load_by_name(addr, buffer) : (LONG)0xC0000004;
}

/* Turns a module's import from ntdll.dll to a function of ours. */
static bool turn_import(HMODULE module, const char *name, void *function)
{
    BYTE *base = (BYTE *)module;
    const IMAGE_NT_HEADERS *nt =
        (const void *)(base + ((const IMAGE_DOS_HEADER *)(const void *)base)->e_lfanew);
    const IMAGE_IMPORT_DESCRIPTOR *import =
        (const void *)(base + nt->OptionalHeader.DataDirectory[1].VirtualAddress);

    for (; import->Name; import++) {
        const IMAGE_THUNK_DATA *names = (const void *)(base + import->OriginalFirstThunk);
        IMAGE_THUNK_DATA *slots = (void *)(base + import->FirstThunk);

        for (; names->u1.AddressOfData; names++, slots++) {
            const IMAGE_IMPORT_BY_NAME *by_name = (const void *)(base + names->u1.AddressOfData);
            DWORD protection;

            if (strcmp((const char *)by_name->Name, name))
                continue;
            if (!VirtualProtect(slots, sizeof(*slots), PAGE_READWRITE, &protection))
                return false;
            slots->u1.Function = (ULONG_PTR)function;
            return VirtualProtect(slots, sizeof(*slots), protection, &protection);
        }
    }
    return false;
}

static bool connect_pair(SOCKET pair[2], MIB_TCPROW *row)
{
    struct sockaddr_in to = {.sin_family = AF_INET}, from;
    int size = sizeof(to);
    SOCKET l = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(l, (void *)&to, size) || listen(l, 1) || getsockname(l, (void *)&to, &size) ||
        connect(pair[0], (void *)&to, size) || getsockname(pair[0], (void *)&from, &size))
        return false;
    pair[1] = accept(l, NULL, NULL);
    row->dwState = MIB_TCP_STATE_ESTAB;
    row->dwLocalAddr = row->dwRemoteAddr = to.sin_addr.s_addr;
    row->dwLocalPort = from.sin_port;
    row->dwRemotePort = to.sin_port;
    return pair[1] != INVALID_SOCKET;
}

static ULONG read_connection(HMODULE module, ULONG64 *bytes)
{
    ULONG(WINAPI * get)
    (PMIB_TCPROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG, PUCHAR, ULONG, ULONG, PUCHAR, ULONG,
     ULONG) = (void *)GetProcAddress(module, "GetPerTcpConnectionEStats");
    ULONG(WINAPI * set)
    (PMIB_TCPROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG,
     ULONG) = (void *)GetProcAddress(module, "SetPerTcpConnectionEStats");
    TCP_ESTATS_DATA_RW_v0 rw = {.EnableCollection = TRUE};
    TCP_ESTATS_DATA_ROD_v0 rod = {0};
    char data[BYTES] = "";
    SOCKET pair[2];
    MIB_TCPROW row;
    ULONG error;

    if (!connect_pair(pair, &row))
        return ERROR_GEN_FAILURE;
    error = set(&row, TcpConnectionEstatsData, (PUCHAR)&rw, 0, sizeof(rw), 0);
    if (!error && (send(pair[0], data, BYTES, 0) != BYTES || recv(pair[1], data, BYTES, 0) < 1))
        error = ERROR_GEN_FAILURE;
    if (!error)
        error = get(&row, TcpConnectionEstatsData, NULL, 0, 0, NULL, 0, 0, (PUCHAR)&rod, 0,
                    sizeof(rod));
    *bytes = rod.DataBytesOut;
    return error;
}

static DWORD WINAPI ask_too(void *module)
{
    MIB_TCPROW nobody = {0};
    ULONG(WINAPI * set)
    (PMIB_TCPROW, TCP_ESTATS_TYPE, PUCHAR, ULONG, ULONG,
     ULONG) = (void *)GetProcAddress(module, "SetPerTcpConnectionEStats");
    UCHAR on = 1;

    return set(&nobody, TcpConnectionEstatsData, &on, 0, 1, 0);
}

/* Threads that are the first to ask, all at once. *error: what they were told, if it was the same.
 */
static bool ask_at_once(HMODULE module, DWORD *error)
{
    HANDLE threads[8];

    for (size_t i = 0; i < ARRAYSIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, ask_too, module, 0, NULL);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
        DWORD told;

        if (WaitForSingleObject(threads[i], 30000) || !GetExitCodeThread(threads[i], &told))
            return false;
        if (i && told != *error)
            return false;
        *error = told;
    }
    return true;
}

int main(int argc, char **argv)
{
    HMODULE module = LoadLibraryA("iphlpapi.dll"), standin = LoadLibraryA("standin.dll");
    ULONG64 bytes = 0;
    WSADATA wsa;
    DWORD told = 0;
    ULONG error;

    if (argc < 2 || !module || !standin || WSAStartup(MAKEWORD(2, 2), &wsa))
        return 2;
    has_class = !strcmp(argv[1], "standin");
    real_query = (query_fn)(void *)GetProcAddress(GetModuleHandleA("ntdll"),
                                                  "NtQueryVirtualMemory");
    unix_name = (void *)GetProcAddress(GetModuleHandleA("kernel32"), "wine_get_unix_file_name");
    standin_call = (void *)GetProcAddress(standin, "standin_call");
    if (!standin_call || !turn_import(module, "NtQueryVirtualMemory", (void *)query))
        return 2;
    if (argc > 2 && !ask_at_once(module, &told))
        return 3;
    error = read_connection(module, &bytes);
    printf("error %lu, %llu bytes, asked %s", error, bytes, asked ? "yes" : "no");
    if (argc > 2)
        printf(", threads %lu", told);
    printf("\n");
    return 0;
}
