/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The DLL as a DLL: names, ordinals, and what is Wine's own. */
#include "api.h"
#include "ras-tests.h"

#include <string.h>

static const char *const own[] = {"RasEnumConnectionsA",
                                  "RasEnumConnectionsW",
                                  "RasGetConnectStatusA",
                                  "RasGetConnectStatusW",
                                  "RasGetConnectionStatistics",
                                  "RasGetLinkStatistics",
                                  "RasClearConnectionStatistics",
                                  "RasClearLinkStatistics",
                                  "RasHangUpA",
                                  "RasHangUpW"};

static int is_own(const char *name)
{
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (!strcmp(name, own[i]))
            return 1;
    return 0;
}

void test_exports(void)
{
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        topic("exports.%s", own[i]);
        ok(GetProcAddress(ras_module, own[i]) != NULL, "not exported");
    }
    topic("exports.others");
    ok(GetProcAddress(ras_module, "RasEnumDevicesW") != NULL, "RasEnumDevicesW is missing");
    ok(GetProcAddress(ras_module, "RasDialA") != NULL, "RasDialA is missing");
    topic("exports.unknown");
    ok(!GetProcAddress(ras_module, "RasNoSuchFunction"), "found a name that never was");
}

void test_module(void)
{
    static const char *const spellings[] = {"rasapi32.dll", "rasapi32", "RASAPI32.DLL"};

    topic("module.stable");
    for (int i = 0; i < 300; i++) {
        HMODULE again = LoadLibraryA(spellings[i % 3]);

        ok(again == ras_module, "turn %d: LoadLibrary gives %p, not %p", i, again, ras_module);
        ok(GetModuleHandleA(spellings[i % 3]) == ras_module, "turn %d: GetModuleHandle", i);
        ok(GetProcAddress(ras_module, "RasEnumDevicesA") != NULL, "turn %d: a forwarder", i);
        FreeLibrary(again);
    }
}

static const IMAGE_EXPORT_DIRECTORY *export_directory(HMODULE module)
{
    const BYTE *base = (const BYTE *)module;
    const IMAGE_NT_HEADERS *nt =
        (const void *)(base + ((const IMAGE_DOS_HEADER *)(const void *)base)->e_lfanew);

    return (const void *)(base + nt->OptionalHeader.DataDirectory[0].VirtualAddress);
}

/* Only where our DLL stands before Wine's: every other name and ordinal is that one's. */
void test_forwarders(void)
{
    HMODULE stock = NULL;
    const IMAGE_EXPORT_DIRECTORY *dir;
    const DWORD *names;
    const WORD *ordinals;

    topic("forwarders");
    if (!wt_on_wine()) {
        skip("Windows' own DLL");
        return;
    }
    /* Newer Wines find no module by the name that it goes by; where a forwarder leads is in it. */
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                           GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       (const char *)(void *)GetProcAddress(ras_module, "RasEnumDevicesA"), &stock);
    ok(stock && stock != ras_module, "Wine's own rasapi32.dll is not in the process");
    if (!stock || stock == ras_module)
        return;
    dir = export_directory(stock);
    names = (const void *)((const BYTE *)stock + dir->AddressOfNames);
    ordinals = (const void *)((const BYTE *)stock + dir->AddressOfNameOrdinals);
    ok(dir->NumberOfNames >= 128, "only %lu names", dir->NumberOfNames);
    ok(dir->Base == 500, "its ordinals begin with %lu", dir->Base);
    for (DWORD i = 0; i < dir->NumberOfNames; i++) {
        const char *name = (const char *)stock + names[i];
        DWORD ordinal = dir->Base + ordinals[i];
        const char *by_ordinal = (const char *)(ULONG_PTR)ordinal;

        if (!is_own(name))
            ok(GetProcAddress(ras_module, name) == GetProcAddress(stock, name), "%s is lost", name);
        /* A program of Windows 95's time may call these by number alone. */
        if (ordinal < 570)
            ok(GetProcAddress(ras_module, by_ordinal) == GetProcAddress(ras_module, name),
               "%s is not number %lu", name, ordinal);
    }
}
