/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that brings its own iphlpapi.dll: that one (with OWN_DLL) has one of the two functions
 * that the program wants. The exit status of the program says how it got on.
 */
#include <windows.h>

#ifdef OWN_DLL
__declspec(dllexport) DWORD WINAPI GetNumberOfInterfaces(DWORD *count);
DWORD WINAPI GetNumberOfInterfaces(DWORD *count)
{
    *count = 4711;
    return 0;
}
#else
/* 0: by Wine's or ours, 1: by the one that it brings, which is not enough for it. */
int main(void)
{
    HMODULE module = LoadLibraryA("iphlpapi.dll");

    return !module || !GetProcAddress(module, "GetNumberOfInterfaces") ||
           !GetProcAddress(module, "GetAdaptersInfo");
}
#endif
