/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which DLLs of these names this process has, and whether they are all there. */
#include <stdio.h>
#include <string.h>

#include "selftest.h"

/* Our DLLs are those whose exports lead to such a file: in a prefix, or for all of them. */
static const struct {
    const char *path;
    enum kind kind;
} STOCK[] = {{"C:\\windows\\system32\\wine-estats\\", KIND_OURS},
             {"\\iphlpapi_wine.", KIND_SYSTEM},
             {"\\rasapi32_wine.", KIND_SYSTEM}};
/* Wine writes this over the DOS stub of its own DLLs. */
static const char BUILTIN[] = "Wine builtin DLL";

static const IMAGE_NT_HEADERS *nt_headers(const BYTE *base)
{
    return (const IMAGE_NT_HEADERS *)(base + ((const IMAGE_DOS_HEADER *)base)->e_lfanew);
}

/* KIND_OTHER where they lead to none. */
static enum kind kind_by_exports(const BYTE *base)
{
    const IMAGE_DATA_DIRECTORY *dir = nt_headers(base)->OptionalHeader.DataDirectory;
    const IMAGE_EXPORT_DIRECTORY *exports;
    const DWORD *functions;

    if (!dir->Size)
        return KIND_OTHER;
    exports = (const IMAGE_EXPORT_DIRECTORY *)(base + dir->VirtualAddress);
    functions = (const DWORD *)(base + exports->AddressOfFunctions);
    for (DWORD i = 0; i < exports->NumberOfFunctions; i++) {
        DWORD offset = functions[i] - dir->VirtualAddress;

        if (offset >= dir->Size)
            continue;
        for (size_t k = 0; k < ARRAYSIZE(STOCK); k++) {
            if (strstr((const char *)base + functions[i], STOCK[k].path))
                return STOCK[k].kind;
        }
    }
    return KIND_OTHER;
}

enum kind module_kind(HMODULE module)
{
    const BYTE *base = (const BYTE *)module;
    enum kind kind = kind_by_exports(base);

    if (kind != KIND_OTHER)
        return kind;
    return memcmp(base + sizeof(IMAGE_DOS_HEADER), BUILTIN, sizeof(BUILTIN)) ? KIND_OTHER
                                                                             : KIND_WINE;
}

BOOL is_ours(HMODULE module)
{
    enum kind kind = module_kind(module);

    return kind == KIND_OURS || kind == KIND_SYSTEM;
}

static BOOL still_found_by_name(HMODULE module)
{
    HMODULE again = LoadLibraryA("iphlpapi");
    BOOL same = again == module && GetModuleHandleA("IPHLPAPI.DLL") == module;

    if (again)
        FreeLibrary(again);
    return same;
}

enum verdict check_module(HMODULE module)
{
    DWORD(WINAPI * count)(PDWORD) = (void *)GetProcAddress(module, "GetNumberOfInterfaces");
    DWORD(WINAPI * table)
    (PMIB_IFTABLE, PULONG, BOOL) = (void *)GetProcAddress(module, "GetIfTable");
    DWORD interfaces = 0;
    ULONG size = 0, error;

    /* Through the forwarders, so this is also when Wine's own iphlpapi.dll is there for certain. */
    if (!count || !table)
        return fail(VERDICT_BROKEN, "GetNumberOfInterfaces or GetIfTable is missing; run "
                                    "'wine-estats install' to repair the prefix");
    error = count(&interfaces);
    if (error)
        return fail(VERDICT_BROKEN, "GetNumberOfInterfaces fails with error %lu", error);
    error = table(NULL, &size, FALSE);
    if (error != ERROR_INSUFFICIENT_BUFFER || !size)
        return fail(VERDICT_BROKEN, "GetIfTable fails with error %lu", error);
    for (int i = 0; i < 100; i++) {
        if (!still_found_by_name(module))
            return fail(VERDICT_BROKEN, "the name iphlpapi.dll leads to another module by now");
    }
    return VERDICT_OK;
}
