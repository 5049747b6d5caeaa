/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The helper must come from one of Wine's dll directories, or Wine would not pair it with its unix
 * side; Wine tells programs those directories in their environment.
 *
 * Threads that come here first together all search, and the first to finish decides for all. So
 * nobody waits for anybody, also not for a thread that was killed on the way.
 */
#include <windows.h>

#include "../wineestats/gate.h"
#include "../wineestats/wineestats.h"
#include "debug.h"
#include "helper.h"
#include "shim.h"

#ifdef __x86_64__
#define ARCH_DIR L"x86_64-windows"
#else
#define ARCH_DIR L"i386-windows"
#endif

#define MEND                                                                         \
    "Use `wine-estats run PROGRAM`, or put the helper into Wine's directory (`make " \
    "install-wine`, or a package). `wine-estats check` tells more.\n"

#define PATH_ROOM 1024

static LONG WINAPI no_helper(unsigned int code, void *args)
{
    (void)code;
    (void)args;
    return (LONG)0xC00000BB; /* STATUS_NOT_SUPPORTED */
}

static const WCHAR *append(WCHAR *path, const WCHAR *text)
{
    size_t length = 0;

    while (path[length])
        length++;
    while (length < PATH_ROOM - 1 && *text)
        path[length++] = *text++;
    path[length] = 0;
    return path;
}

/* Directory number n of Wine's, as a path for LoadLibrary; false when there is none. */
static bool dll_dir(unsigned int n, WCHAR *path)
{
    WCHAR name[] = L"WINEDLLDIR###";
    unsigned int digits = n < 10 ? 1 : n < 100 ? 2 : 3;
    DWORD length;

    name[10 + digits] = 0;
    for (; digits; digits--, n /= 10)
        name[9 + digits] = (WCHAR)(L'0' + n % 10);
    length = GetEnvironmentVariableW(name, path, PATH_ROOM);
    if (!length)
        return false;
    if (length >= PATH_ROOM) {
        path[0] = 0; /* too long for us, but there may be others after it */
        return true;
    }
    if (path[0] == '\\' && path[1] == '?' && path[2] == '?' && path[3] == '\\')
        path[1] = '\\'; /* an NT path; \\?\ is how Win32 spells it */
    return true;
}

static HMODULE load_from_dll_dirs(void)
{
    WCHAR path[PATH_ROOM];

    for (unsigned int n = 0; n < 1000 && dll_dir(n, path); n++) {
        HMODULE module;

        if (!path[0])
            continue;
        module = LoadLibraryW(append(path, L"\\" ARCH_DIR L"\\wineestats.dll"));
        if (module)
            return module;
    }
    return NULL;
}

/* What is wrong with a helper that was found, or NULL. */
static const char *refuse(wineestats_call_fn call)
{
    struct estats_info info = {0};

    if (!call)
        return "the wineestats.dll found is another program's. ";
    if (call(ESTATS_INFO, &info))
        return "wineestats.dll has no unix side here (wineestats.so). ";
    if (info.protocol != ESTATS_PROTOCOL)
        return "wineestats.so and this prefix' DLL are of different versions. ";
    return NULL;
}

static wineestats_call_fn volatile chosen;

static wineestats_call_fn find_helper(void)
{
    DWORD last_error = GetLastError();
    HMODULE module = load_from_dll_dirs();
    const char *why = "no wineestats.dll in Wine's dll directories. ";
    wineestats_call_fn call = NULL, before;

    if (module) {
        call = (wineestats_call_fn)(void *)GetProcAddress(module, "wineestats_call");
        why = refuse(call);
    }
    if (why)
        call = no_helper;
    before = InterlockedCompareExchangePointer((void *volatile *)&chosen, (void *)call, NULL);
    if (module && (why || before))
        FreeLibrary(module);
    if (why && !before)
        ERR("%s%s" MEND, why, this_dll.without_helper);
    SetLastError(last_error);
    return before ? before : call;
}

static wineestats_call_fn helper(void)
{
    wineestats_call_fn call = chosen;

    return call ? call : find_helper();
}

bool helper_present(void)
{
    return helper() != no_helper;
}

int32_t helper_call(unsigned int code, void *args)
{
    return helper()(code, args);
}
