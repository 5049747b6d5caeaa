/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Three ways lead to the helper's unix side, tried in this order:
 *
 *   the pair wineestats.dll and .so in Wine's own directory, the first that Wine tells programs of
 *   the same in the others, which are those of WINEDLLPATH
 *   wineestats.so alone, by its path: Wine 11.2 and newer load it for any program. The path is a
 *   symbolic link in the prefix, made by `wine-estats install`
 *
 * The first that speaks our protocol serves.
 */
#include <windows.h>
#include <winternl.h>

#include "find.h"

#ifdef __x86_64__
#define ARCH_DIR L"x86_64-windows"
#else
#define ARCH_DIR L"i386-windows"
#endif

/* MemoryWineLoadUnixLibByName: from the name of a file to a handle and a table of functions. */
#define MEMORY_CLASS_LOAD_BY_NAME 1002
#define STATUS_INVALID_INFO_CLASS ((LONG)0xC0000003)

struct unix_library {
    UINT64 module, functions;
};

typedef NTSTATUS(WINAPI *dispatcher_fn)(UINT64 functions, unsigned int code, void *args);

LONG NTAPI NtQueryVirtualMemory(HANDLE process, const void *addr, int class, void *buffer,
                                SIZE_T length, SIZE_T *ret_length);

/*
 * The 32-bit half of Wine is 64-bit code for the host by now, as a rule; where it is not, the first
 * of these is refused there.
 */
static const WCHAR *const RECORDED[] = {
    L"\\??\\C:\\windows\\system32\\wine-estats\\wineestats-x86_64.so",
#ifndef __x86_64__
    L"\\??\\C:\\windows\\system32\\wine-estats\\wineestats-i386.so",
#endif
};

/* Of the recorded library, once one was found that serves. */
static dispatcher_fn dispatcher;
static volatile LONG64 functions;

static LONG WINAPI call_recorded(unsigned int code, void *args)
{
    return code < ESTATS_CALL_COUNT ? dispatcher((UINT64)functions, code, args)
                                    : WINEESTATS_BAD_CALL;
}

static WCHAR *append(WCHAR *path, const WCHAR *text)
{
    size_t length = 0;

    while (path[length])
        length++;
    while (length < HELPER_PATH_ROOM - 1 && *text)
        path[length++] = *text++;
    path[length] = 0;
    return path;
}

/* \??\ begins an NT path; \\?\ is how Win32 spells it. */
static void to_win32(WCHAR *path)
{
    if (path[0] == '\\' && path[1] == '?' && path[2] == '?' && path[3] == '\\')
        path[1] = '\\';
}

bool helper_dll_dir(unsigned int n, WCHAR path[HELPER_PATH_ROOM])
{
    WCHAR name[] = L"WINEDLLDIR###";
    unsigned int digits = n < 10 ? 1 : n < 100 ? 2 : 3;
    DWORD length;

    if (n > 999)
        return false;
    name[10 + digits] = 0;
    for (; digits; digits--, n /= 10)
        name[9 + digits] = (WCHAR)(L'0' + n % 10);
    length = GetEnvironmentVariableW(name, path, HELPER_PATH_ROOM);
    if (!length)
        return false;
    if (length >= HELPER_PATH_ROOM)
        path[0] = 0;
    to_win32(path);
    return true;
}

/* What was found on the way: the first fault stays, unless something serves. */
static void note(struct helper *helper, enum helper_state state, const struct estats_info *info,
                 const WCHAR *file)
{
    if (state >= HELPER_ABSENT && helper->state != HELPER_ABSENT)
        return;
    helper->state = state;
    helper->info = *info;
    helper->file[0] = 0;
    to_win32(append(helper->file, file));
}

/* What a helper that was loaded is, by its answer to the call that every version has. */
static enum helper_state judge(enum helper_state way, LONG status, const struct estats_info *info)
{
    if (status)
        return HELPER_NO_UNIX_SIDE;
    return info->protocol == ESTATS_PROTOCOL ? way : HELPER_OTHER_VERSION;
}

static void try_pair(struct helper *helper, unsigned int n, WCHAR *dir)
{
    enum helper_state way = n ? HELPER_PATH : HELPER_WINE, state = HELPER_FOREIGN;
    struct estats_info info = {0};
    wineestats_call_fn call;
    HMODULE module;

    if (!dir[0])
        return;
    module = LoadLibraryW(append(dir, L"\\" ARCH_DIR L"\\wineestats.dll"));
    if (!module)
        return;
    call = (wineestats_call_fn)(void *)GetProcAddress(module, "wineestats_call");
    if (call)
        state = judge(way, call(ESTATS_INFO, &info), &info);
    note(helper, state, &info, dir);
    if (state == way)
        helper->call = call;
    else
        FreeLibrary(module);
}

/* What is refused stays loaded; it does nothing by itself. */
static void try_recorded(struct helper *helper)
{
    FARPROC variable = GetProcAddress(GetModuleHandleW(L"ntdll.dll"),
                                      "__wine_unix_call_dispatcher");
    struct estats_info info = {0};

    if (!variable)
        return;
    dispatcher = *(dispatcher_fn *)(void *)variable;
    for (size_t i = 0; i < ARRAYSIZE(RECORDED); i++) {
        struct unix_library library = {0};
        enum helper_state state;
        UNICODE_STRING name;
        LONG status;

        RtlInitUnicodeString(&name, RECORDED[i]);
        status = NtQueryVirtualMemory(GetCurrentProcess(), &name, MEMORY_CLASS_LOAD_BY_NAME,
                                      &library, sizeof(library), NULL);
        if (status == STATUS_INVALID_INFO_CLASS)
            return;
        if (status || !library.functions)
            continue;
        state = judge(HELPER_RECORDED, dispatcher(library.functions, ESTATS_INFO, &info), &info);
        note(helper, state, &info, RECORDED[i]);
        if (state == HELPER_RECORDED) {
            InterlockedCompareExchange64(&functions, (LONG64)library.functions, 0);
            helper->call = call_recorded;
        }
        return;
    }
    note(helper, HELPER_STALE, &info, RECORDED[0]);
}

void helper_find(struct helper *helper)
{
    static const struct helper nothing = {.state = HELPER_ABSENT};
    WCHAR dir[HELPER_PATH_ROOM];

    *helper = nothing;
    for (unsigned int n = 0; !helper->call && helper_dll_dir(n, dir); n++)
        try_pair(helper, n, dir);
    if (!helper->call)
        try_recorded(helper);
}
