/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Windows side of the stand-in; found in a directory of WINEDLLPATH, as any pair of Wine's. */
#include <windows.h>

#include "standin.h"

LONG NTAPI NtQueryVirtualMemory(HANDLE process, const void *addr, int class, void *buffer,
                                SIZE_T length, SIZE_T *ret_length);

static UINT64 handle;

__declspec(dllexport) LONG WINAPI standin_call(struct standin_load *load);
LONG WINAPI standin_call(struct standin_load *load)
{
    LONG(WINAPI * *dispatcher)
    (UINT64, unsigned int, void *) = (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"),
                                                            "__wine_unix_call_dispatcher");

    return (*dispatcher)(handle, 0, load);
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved);
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved)
{
    (void)reserved;
    return reason != DLL_PROCESS_ATTACH ||
           !NtQueryVirtualMemory(GetCurrentProcess(), self, 1000, &handle, sizeof(handle), NULL);
}
