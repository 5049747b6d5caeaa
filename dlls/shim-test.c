/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a Windows program sees of iphlpapi.dll as a DLL: which file it gets by that name, what it
 * exports, and what is left of it without a helper. Run by test-shim.sh, which names the case.
 */
#include <winsock2.h>
#include <windows.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int passed, failed;

#define ok(cond, ...)                      \
    do {                                   \
        if (cond) {                        \
            passed++;                      \
        } else {                           \
            failed++;                      \
            printf("line %d: ", __LINE__); \
            printf(__VA_ARGS__);           \
            putchar('\n');                 \
        }                                  \
    } while (0)

typedef ULONG(WINAPI *get_fn)(void *row, int type, void *rw, ULONG rw_version, ULONG rw_size,
                              void *ros, ULONG ros_version, ULONG ros_size, void *rod,
                              ULONG rod_version, ULONG rod_size);
typedef ULONG(WINAPI *set_fn)(void *row, int type, void *rw, ULONG version, ULONG size,
                              ULONG offset);

static const char *const own[4] = {"SetPerTcpConnectionEStats", "GetPerTcpConnectionEStats",
                                   "SetPerTcp6ConnectionEStats", "GetPerTcp6ConnectionEStats"};

/* Wine's, with the scope ids of their IPv6 rows put right. */
static const char *const mended[] = {"GetTcp6Table", "GetTcp6Table2", "GetExtendedTcpTable"};

/* A connection that cannot exist: port 0. */
static MIB_TCP6ROW nobody;

static bool is_own(const char *name)
{
    for (size_t i = 0; i < ARRAYSIZE(own); i++) {
        if (!strcmp(name, own[i]))
            return true;
    }
    for (size_t i = 0; i < ARRAYSIZE(mended); i++) {
        if (!strcmp(name, mended[i]))
            return true;
    }
    return false;
}

static FARPROC function(const char *name)
{
    return GetProcAddress(GetModuleHandleA("iphlpapi.dll"), name);
}

static const IMAGE_EXPORT_DIRECTORY *export_directory(HMODULE module)
{
    const BYTE *base = (const BYTE *)module;
    const IMAGE_NT_HEADERS *nt =
        (const void *)(base + ((const IMAGE_DOS_HEADER *)(const void *)base)->e_lfanew);

    return (const void *)(base + nt->OptionalHeader.DataDirectory[0].VirtualAddress);
}

static void test_lookups_find_ours(void)
{
    static const char *const spellings[] = {"iphlpapi.dll", "iphlpapi", "IPHLPAPI.DLL",
                                            "C:\\windows\\system32\\iphlpapi.dll"};
    HMODULE ours = GetModuleHandleA("iphlpapi.dll");
    char path[MAX_PATH] = "";

    GetModuleFileNameA(ours, path, sizeof(path));
    ok(!_stricmp(path, "C:\\windows\\system32\\iphlpapi.dll"), "first look-up gave %s", path);
    ok(export_directory(ours)->NumberOfNames > 350, "that is not ours");
    for (int i = 0; i < 1000; i++) {
        const char *name = spellings[i % ARRAYSIZE(spellings)];
        HMODULE loaded;

        ok(GetModuleHandleA(name) == ours, "GetModuleHandle(%s) flipped, round %d", name, i);
        loaded = LoadLibraryA(name);
        ok(loaded == ours, "LoadLibrary(%s) flipped, round %d", name, i);
        /* A forwarder makes the loader look at the other one. */
        ok(GetProcAddress(ours, i & 1 ? "GetTcpTable" : "GetIfTable") != NULL, "round %d", i);
        FreeLibrary(loaded);
        if (i % 5 == 0)
            FreeLibrary(loaded); /* once too often: it stays nevertheless */
    }
}

static void test_forwarders_reach_stock(void)
{
    HMODULE ours = GetModuleHandleA("iphlpapi.dll"), stock = NULL;
    const IMAGE_EXPORT_DIRECTORY *dir;
    const DWORD *names;

    /* By what it does: a newer Wine finds no module by a name that it was given later. */
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                           GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       (const char *)(void *)GetProcAddress(ours, "GetIfTable"), &stock);
    ok(stock && stock != ours, "Wine's own iphlpapi.dll is not in the process");
    if (!stock)
        return;
    dir = export_directory(stock);
    names = (const void *)((const BYTE *)stock + dir->AddressOfNames);
    ok(dir->NumberOfNames >= 171, "only %lu names", dir->NumberOfNames);
    for (DWORD i = 0; i < dir->NumberOfNames; i++) {
        const char *name = (const char *)stock + names[i];

        ok((GetProcAddress(ours, name) == GetProcAddress(stock, name)) == !is_own(name), "%s is %s",
           name, is_own(name) ? "not ours" : "lost");
    }
}

static void test_other_functions_work(void)
{
    ULONG size = 0;
    void *buffer = malloc(1 << 20);

    ok(GetAdaptersAddresses(AF_UNSPEC, 0, NULL, NULL, &size) == ERROR_BUFFER_OVERFLOW, "sizing");
    size = 1 << 20;
    ok(GetAdaptersAddresses(AF_UNSPEC, 0, NULL, buffer, &size) == 0, "GetAdaptersAddresses");
    size = 1 << 20;
    ok(GetTcpTable(buffer, &size, TRUE) == 0, "GetTcpTable");
    size = 1 << 20;
    ok(GetExtendedTcpTable(buffer, &size, TRUE, AF_INET6, TCP_TABLE_OWNER_PID_ALL, 0) == 0,
       "GetExtendedTcpTable");
    free(buffer);
}

static void test_unknown_names_are_unknown(void)
{
    SetLastError(0);
    ok(!function("NoSuchFunction"), "NoSuchFunction exists");
    ok(GetLastError() == ERROR_PROC_NOT_FOUND, "error %lu", GetLastError());
    SetLastError(0);
    /* In our list, but in no Wine. */
    ok(!function("PfDeleteLog"), "PfDeleteLog exists");
    ok(GetLastError() == ERROR_PROC_NOT_FOUND, "error %lu", GetLastError());
}

/* Argument checks that go before the look for a helper, and the answer after it. */
static void test_answers(ULONG expected)
{
    BYTE rw = 1;

    for (size_t i = 0; i < ARRAYSIZE(own); i++) {
        FARPROC f = function(own[i]);

        ok(f != NULL, "%s is missing", own[i]);
        if (!f)
            continue;
        if (own[i][0] == 'S') {
            set_fn set = (set_fn)(void *)f;
            ULONG size_0 = expected == ERROR_NOT_SUPPORTED ? expected : 0;

            ok(set(NULL, 99, NULL, 7, 7, 7) == ERROR_INVALID_PARAMETER, "%s: Row", own[i]);
            ok(set(&nobody, 1, &rw, 0, 1, 0) == expected, "%s", own[i]);
            ok(set(&nobody, 99, NULL, 7, 0, 7) == size_0, "%s: RwSize 0", own[i]);
        } else {
            get_fn get = (get_fn)(void *)f;

            ok(get(NULL, 99, NULL, 7, 7, NULL, 7, 7, NULL, 7, 7) == ERROR_INVALID_PARAMETER,
               "%s: Row", own[i]);
            ok(get(&nobody, 1, &rw, 0, 1, NULL, 0, 0, NULL, 0, 0) == expected, "%s", own[i]);
        }
    }
}

/* Lines for the script to compare: which of the names in a file exist. */
static int list_names(const char *file)
{
    char line[256];
    FILE *names = fopen(file, "r");

    if (!names)
        return 1;
    while (fgets(line, sizeof(line), names)) {
        line[strcspn(line, " \r\n")] = 0;
        if (line[0] && line[0] != '#' && function(line))
            printf("%s\n", line);
    }
    fclose(names);
    return 0;
}

/* Lines for the script: what a file says of itself. */
static int show_version(const char *file)
{
    static const char *const names[] = {"CompanyName",    "FileDescription",  "FileVersion",
                                        "LegalCopyright", "OriginalFilename", "ProductName"};
    static BYTE data[8192];
    VS_FIXEDFILEINFO *numbers;
    UINT length;

    if (!GetFileVersionInfoA(file, 0, sizeof(data), data) ||
        !VerQueryValueA(data, "\\", (void **)&numbers, &length))
        return 1;
    printf("numbers=%lx.%lx\n", numbers->dwFileVersionMS, numbers->dwFileVersionLS);
    for (size_t i = 0; i < ARRAYSIZE(names); i++) {
        char path[64], *text = NULL;

        snprintf(path, sizeof(path), "\\StringFileInfo\\040904b0\\%s", names[i]);
        if (VerQueryValueA(data, path, (void **)&text, &length) && text)
            printf("%s=%s\n", names[i], text);
    }
    return 0;
}

/* A token that has Administrators for denial only, also when another one was asked about before. */
static void test_deny_only_thread_is_refused(void)
{
    static BYTE sid[16] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
    SID_AND_ATTRIBUTES admins = {sid, 0};
    set_fn set = (set_fn)(void *)function(own[0]);
    HANDLE process, restricted, impersonation;
    TOKEN_PRIVILEGES none = {0};
    BYTE rw = 1;

    ok(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &process), "token");
    ok(CreateRestrictedToken(process, 0, 1, &admins, 0, NULL, 0, NULL, &restricted), "restrict");
    ok(DuplicateTokenEx(restricted, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation,
                        TokenImpersonation, &impersonation),
       "duplicate");
    for (int i = 0; i < 3; i++) {
        ok(set(&nobody, 1, &rw, 0, 1, 0) == ERROR_NOT_FOUND, "as administrator");
        ok(SetThreadToken(NULL, impersonation), "impersonate");
        ok(set(&nobody, 1, &rw, 0, 1, 0) == ERROR_ACCESS_DENIED, "deny-only");
        ok(set(&nobody, 1, &rw, 9, 1, 9) == ERROR_ACCESS_DENIED, "before the versions");
        ok(set(&nobody, 1, &rw, 0, 0, 0) == 0, "RwSize 0 asks for nothing");
        ok(set(NULL, 1, &rw, 0, 1, 0) == ERROR_INVALID_PARAMETER, "Row goes first");
        ok(RevertToSelf(), "revert");
        ok(AdjustTokenPrivileges(process, FALSE, &none, 0, NULL, NULL), "adjust");
    }
}

#define FAULTED 0xdeadul

#ifdef __x86_64__
/* Goes on in this program, as if the function had returned there: what any handler has to do. */
static LONG CALLBACK unwind_to_program(EXCEPTION_POINTERS *info)
{
    CONTEXT context = *info->ContextRecord;

    for (int depth = 0; depth < 8; depth++) {
        DWORD64 base, frame;
        void *data;
        RUNTIME_FUNCTION *entry = RtlLookupFunctionEntry(context.Rip, &base, NULL);

        if (!entry && depth)
            break;
        if (!entry) { /* only the innermost function may be one that needs no table */
            context.Rip = *(DWORD64 *)context.Rsp;
            context.Rsp += 8;
        } else {
            RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context.Rip, entry, &context, &data, &frame,
                             NULL);
        }
        RtlLookupFunctionEntry(context.Rip, &base, NULL);
        if (base == (DWORD64)GetModuleHandleA(NULL)) {
            *info->ContextRecord = context;
            info->ContextRecord->Rax = FAULTED;
            return EXCEPTION_CONTINUE_EXECUTION;
        }
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

static void test_fault_reaches_the_program(void)
{
    void *handler = AddVectoredExceptionHandler(1, unwind_to_program);
    set_fn set = (set_fn)(void *)function(own[0]);
    void *volatile bad = (void *)8;
    BYTE rw = 1;

    ok(set(&nobody, 1, bad, 0, 1, 0) == FAULTED, "bad Rw");
    ok(set(bad, 1, &rw, 0, 1, 0) == FAULTED, "bad Row");
    RemoveVectoredExceptionHandler(handler);
    ok(set(&nobody, 1, &rw, 0, 1, 0) == ERROR_NOT_FOUND, "afterwards");
}
#else
/* On i386 handlers are found through a list on the stack, whatever lies between. */
static void test_fault_reaches_the_program(void)
{
}
#endif

/* The program was bound to our function before WINE_ESTATS_HIDE could take effect. */
static void test_hidden_but_bound(void)
{
    BYTE rw = 1;

    ok(SetPerTcpConnectionEStats(NULL, 1, &rw, 0, 1, 0) == ERROR_NOT_SUPPORTED, "not stock's");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (!strcmp(what, "names") && argc > 2)
        return list_names(argv[2]);
    if (!strcmp(what, "version") && argc > 2)
        return show_version(argv[2]);
    if (!strcmp(what, "loader")) {
        test_lookups_find_ours();
        test_forwarders_reach_stock();
        test_other_functions_work();
        test_unknown_names_are_unknown();
        test_lookups_find_ours();
    } else if (!strcmp(what, "no-helper")) {
        test_answers(ERROR_NOT_SUPPORTED);
        test_answers(ERROR_NOT_SUPPORTED);
        test_other_functions_work();
    } else if (!strcmp(what, "helper")) {
        test_answers(ERROR_NOT_FOUND);
        test_deny_only_thread_is_refused();
        test_fault_reaches_the_program();
    } else if (!strcmp(what, "hidden")) {
        test_hidden_but_bound();
        test_other_functions_work();
    } else {
        return 2;
    }
    printf("%s: %d passed, %d failed\n", what, passed, failed);
    return failed ? 1 : 0;
}
