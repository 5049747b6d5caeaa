/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program of this bitness finds in this prefix, environment and Wine. */
#include <stdio.h>

#include "selftest.h"

#include "find.h"

static char *(__cdecl *unix_name)(const WCHAR *);

static void print_path(const char *name, const WCHAR *path)
{
    char text[4 * MAX_PATH];
    const char *host = unix_name ? unix_name(path) : NULL;

    if (!host && WideCharToMultiByte(CP_UTF8, 0, path, -1, text, sizeof(text), NULL, NULL))
        host = text;
    printf("%s=%s\n", name, host ? host : "?");
}

/* As the DLLs look for it. */
static void print_helper(void)
{
    static const char *const words[] = {
        [HELPER_WINE] = "wine",
        [HELPER_PATH] = "path",
        [HELPER_RECORDED] = "recorded",
        [HELPER_ABSENT] = "absent",
        [HELPER_FOREIGN] = "foreign",
        [HELPER_NO_UNIX_SIDE] = "no-unix-side",
        [HELPER_OTHER_VERSION] = "other-version",
        [HELPER_STALE] = "stale",
    };
    static struct helper helper;

    helper_find(&helper);
    printf("helper=%s\n", words[helper.state]);
    printf("helper-version=%.*s\n", (int)sizeof(helper.info.version), helper.info.version);
    if (helper.file[0])
        print_path("helper-file", helper.file);
}

static void print_dll_dirs(void)
{
    WCHAR dir[HELPER_PATH_ROOM];

    for (unsigned int n = 0; helper_dll_dir(n, dir); n++) {
        if (dir[0])
            print_path("dll-dir", dir);
    }
}

const char *helper_in_words(void)
{
    static struct helper helper;

    helper_find(&helper);
    switch (helper.state) {
    case HELPER_WINE:
        return "helper in Wine's own directory";
    case HELPER_PATH:
        return "helper by WINEDLLPATH";
    case HELPER_RECORDED:
        return "helper by the path that 'wine-estats install' recorded";
    default:
        return NULL;
    }
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
    print_helper();
}
