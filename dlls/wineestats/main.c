/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wineestats.dll: the way to the unix side. Wine pairs this file, because of the mark in its header
 * and the directory that it was loaded from, with wineestats.so. One export serves iphlpapi.dll and
 * tcpestats.exe.
 *
 * The dispatcher is taken from ntdll at run time: of the names that have led to unix code since
 * Wine 8, this variable is the one that all versions export.
 */
#include <windows.h>

#include "gate.h"
#include "wineestats.h"

typedef NTSTATUS(WINAPI *dispatcher_fn)(UINT64 handle, unsigned int code, void *args);

/* MemoryWineUnixFuncs; newer versions have it under another name, with the same meaning. */
#define MEMORY_CLASS_UNIX_FUNCS 1000

LONG NTAPI NtQueryVirtualMemory(HANDLE process, const void *addr, int class, void *buffer,
                                SIZE_T length, SIZE_T *ret_length);

static dispatcher_fn dispatcher;
static UINT64 unix_handle;
static LONG load_status = WINEESTATS_NO_UNIX_SIDE;

__declspec(dllexport) LONG WINAPI wineestats_call(unsigned int code, void *args);
LONG WINAPI wineestats_call(unsigned int code, void *args)
{
    if (load_status)
        return load_status;
    if (code >= ESTATS_CALL_COUNT)
        return WINEESTATS_BAD_CALL;
    return dispatcher(unix_handle, code, args);
}

static LONG find_unix_side(HINSTANCE self)
{
    FARPROC variable = GetProcAddress(GetModuleHandleW(L"ntdll.dll"),
                                      "__wine_unix_call_dispatcher");

    if (!variable)
        return WINEESTATS_NO_UNIX_SIDE;
    dispatcher = *(dispatcher_fn *)(void *)variable;
    return NtQueryVirtualMemory(GetCurrentProcess(), self, MEMORY_CLASS_UNIX_FUNCS, &unix_handle,
                                sizeof(unix_handle), NULL);
}

/* Loads even without its unix side, so that callers learn from the first call what is wrong. */
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved);
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        DisableThreadLibraryCalls(self);
        load_status = find_unix_side(self);
    }
    return TRUE;
}
