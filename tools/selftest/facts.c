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

/* Directory number n of Wine's: 1 it is in dir, 0 there is none, -1 there is one, but too long. */
static int dll_dir(unsigned int n, WCHAR dir[MAX_PATH])
{
    WCHAR name[32];
    DWORD length;

    _snwprintf(name, ARRAYSIZE(name), L"WINEDLLDIR%u", n);
    length = GetEnvironmentVariableW(name, dir, MAX_PATH);
    if (!length || length >= MAX_PATH)
        return length ? -1 : 0;
    if (!wcsncmp(dir, L"\\??\\", 4))
        dir[1] = L'\\';
    return 1;
}

static void print_dll_dirs(void)
{
    WCHAR dir[MAX_PATH];
    int found;

    for (unsigned int n = 0; n < 1000 && (found = dll_dir(n, dir)); n++) {
        if (found < 0)
            continue;
        print_path("dll-dir", dir);
        print_helper(dir, n);
    }
}

BOOL helper_works(void)
{
    WCHAR dir[MAX_PATH], path[2 * MAX_PATH];
    int found;

    for (unsigned int n = 0; n < 1000 && (found = dll_dir(n, dir)); n++) {
        struct estats_info info = {0};
        wineestats_call_fn call;
        HMODULE helper;

        if (found < 0 ||
            _snwprintf(path, ARRAYSIZE(path), L"%ls\\" ARCH_DIR L"\\wineestats.dll", dir) < 0)
            continue;
        helper = LoadLibraryW(path);
        if (!helper)
            continue;
        call = (wineestats_call_fn)(void *)GetProcAddress(helper, "wineestats_call");
        return call && !call(ESTATS_INFO, &info) && info.protocol == ESTATS_PROTOCOL;
    }
    return FALSE;
}

static void print_module(const char *name, HMODULE module)
{
    static const char *const kinds[] = {[KIND_OURS] = "wine-estats",
                                        [KIND_SYSTEM] = "wine-estats-system",
                                        [KIND_WINE] = "wine",
                                        [KIND_OTHER] = "other"};
    char file[32];
    WCHAR path[MAX_PATH];

    printf("%s=%s\n", name, module ? kinds[module_kind(module)] : "none");
    snprintf(file, sizeof(file), "%s-file", name);
    if (module && GetModuleFileNameW(module, path, ARRAYSIZE(path)))
        print_path(file, path);
}

void print_facts(HMODULE module)
{
    const char *(__cdecl * version)(void) = (void *)GetProcAddress(GetModuleHandleA("ntdll"),
                                                                   "wine_get_version");

    unix_name = (void *)GetProcAddress(GetModuleHandleA("kernel32"), "wine_get_unix_file_name");
    if (version)
        printf("wine=%s\n", version());
    print_module("iphlpapi", module);
    print_module("rasapi32", LoadLibraryA("rasapi32.dll"));
    print_dll_dirs();
}
