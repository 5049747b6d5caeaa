/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program of this bitness finds in this prefix, environment and Wine. */
#include <stdio.h>
#include <string.h>

#include "gate.h"
#include "selftest.h"
#include "wineestats.h"

#ifdef _WIN64
#define ARCH_DIR L"x86_64-windows"
#else
#define ARCH_DIR L"i386-windows"
#endif

static char *(__cdecl *unix_name)(const WCHAR *);

static void print_path(const char *name, const WCHAR *path)
{
    char text[4 * MAX_PATH];
    const char *host = unix_name ? unix_name(path) : NULL;

    if (!host && WideCharToMultiByte(CP_UTF8, 0, path, -1, text, sizeof(text), NULL, NULL))
        host = text;
    printf("%s=%s\n", name, host ? host : "?");
}

/* The way the DLL looks for its helper: through the directories that Wine names to programs. */
static void print_helper(const WCHAR *dir, unsigned int n)
{
    WCHAR path[2 * MAX_PATH];
    struct estats_info info = {0};
    wineestats_call_fn call;
    HMODULE helper;
    LONG status;

    if (_snwprintf(path, ARRAYSIZE(path), L"%ls\\" ARCH_DIR L"\\wineestats.dll", dir) < 0)
        return;
    path[ARRAYSIZE(path) - 1] = 0;
    helper = LoadLibraryW(path);
    if (!helper)
        return;
    call = (wineestats_call_fn)(void *)GetProcAddress(helper, "wineestats_call");
    status = call ? call(ESTATS_INFO, &info) : WINEESTATS_NO_UNIX_SIDE;
    if (status)
        printf("helper=no-unix-side\n");
    else if (info.protocol != ESTATS_PROTOCOL)
        printf("helper=other-version\n");
    else
        printf("helper=%s\n", n ? "path" : "wine");
    if (!status)
        printf("helper-version=%.*s\n", (int)sizeof(info.version), info.version);
    print_path("helper-file", path);
    FreeLibrary(helper);
}

static void print_dll_dirs(void)
{
    WCHAR name[32], dir[MAX_PATH];

    for (unsigned int n = 0; n < 1000; n++) {
        DWORD length;

        _snwprintf(name, ARRAYSIZE(name), L"WINEDLLDIR%u", n);
        length = GetEnvironmentVariableW(name, dir, ARRAYSIZE(dir));
        if (!length)
            return;
        if (length >= ARRAYSIZE(dir))
            continue;
        if (!wcsncmp(dir, L"\\??\\", 4))
            dir[1] = L'\\';
        print_path("dll-dir", dir);
        print_helper(dir, n);
    }
}

void print_facts(HMODULE module)
{
    static const char *const kinds[] = {
        [KIND_OURS] = "wine-estats", [KIND_WINE] = "wine", [KIND_OTHER] = "other"};
    const char *(__cdecl * version)(void) = (void *)GetProcAddress(GetModuleHandleA("ntdll"),
                                                                   "wine_get_version");
    WCHAR path[MAX_PATH];

    unix_name = (void *)GetProcAddress(GetModuleHandleA("kernel32"), "wine_get_unix_file_name");
    if (version)
        printf("wine=%s\n", version());
    printf("iphlpapi=%s\n", module ? kinds[module_kind(module)] : "none");
    if (module && GetModuleFileNameW(module, path, ARRAYSIZE(path)))
        print_path("iphlpapi-file", path);
    print_dll_dirs();
}
