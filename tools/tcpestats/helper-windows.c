/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper-windows.h"

#include <windows.h>
#include <stdio.h>
#include <wchar.h>

#include "wineestats.h"

#ifdef _WIN64
#define ARCH L"x86_64"
#else
#define ARCH L"i386"
#endif

#define PATH_ROOM 2048

bool helper_is_wine(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

/* The helper below one of Wine's directories of DLLs, which WINEDLLDIR0, 1, ... name as NT paths.
 */
static HMODULE load_below(unsigned number, bool *more)
{
    WCHAR variable[24], dir[PATH_ROOM], path[PATH_ROOM + 48];
    DWORD length;

    swprintf(variable, sizeof(variable) / sizeof(variable[0]), L"WINEDLLDIR%u", number);
    length = GetEnvironmentVariableW(variable, dir, PATH_ROOM);
    *more = length > 0;
    if (!length || length >= PATH_ROOM)
        return NULL;
    if (!wcsncmp(dir, L"\\??\\", 4))
        dir[1] = '\\'; /* as Win32 spells it */
    wcscpy(path, dir);
    wcscat(path, L"\\" ARCH L"-windows\\wineestats.dll");
    return LoadLibraryW(path);
}

static wineestats_call_fn find(void)
{
    struct estats_info info;
    HMODULE module = NULL;
    bool more = helper_is_wine();
    wineestats_call_fn call;

    for (unsigned i = 0; more && !module; i++)
        module = load_below(i, &more);
    if (!module)
        return NULL;
    call = (wineestats_call_fn)(void *)GetProcAddress(module, "wineestats_call");
    memset(&info, 0, sizeof(info));
    if (!call || call(ESTATS_INFO, &info) || info.protocol != ESTATS_PROTOCOL)
        return NULL;
    return call;
}

static wineestats_call_fn helper(void)
{
    static wineestats_call_fn found;
    static bool searched;

    if (!searched) {
        found = find();
        searched = true;
    }
    return found;
}

bool helper_present(void)
{
    return helper() != NULL;
}

bool helper_call(enum estats_call call, void *args)
{
    return helper() && !helper()(call, args);
}
