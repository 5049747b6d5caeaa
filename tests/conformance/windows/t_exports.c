/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What GetProcAddress and the loader say about the DLL and its four functions. */
#include "tests.h"

void test_exports(void)
{
    FOR_FAMILIES(f)
    {
        topic("exports.%s", get_names[f]);
        ok(api.get[f] != NULL, "not exported");
        topic("exports.%s", set_names[f]);
        ok(api.set[f] != NULL, "not exported");
    }
    /* Others come from wherever they come; a name that never was must not. */
    topic("exports.others");
    ok(GetProcAddress(api.module, "GetTcpTable") != NULL, "GetTcpTable is missing");
    ok(GetProcAddress(api.module, "GetAdaptersAddresses") != NULL, "GetAdaptersAddresses missing");
    topic("exports.unknown");
    SetLastError(0xdeadbeef);
    ok(!GetProcAddress(api.module, "GetPerTcp7ConnectionEStats"), "found a name that never was");
    ok(GetLastError() == ERROR_PROC_NOT_FOUND, "last error %lu", GetLastError());
}

void test_module(void)
{
    HMODULE first = GetModuleHandleA("iphlpapi.dll"), other = NULL;

    topic("module.by-name");
    ok(first == api.module, "GetModuleHandle gives %p, LoadLibrary gave %p", first, api.module);
    ok(GetModuleHandleA("IPHLPAPI") == api.module, "upper case, no suffix: another module");
    topic("module.stable");
    for (int i = 0; i < 200; i++) {
        HMODULE again = LoadLibraryA(i % 2 ? "iphlpapi" : "IPHLPAPI.DLL");

        ok(again == api.module, "turn %d: LoadLibrary gives %p, not %p", i, again, api.module);
        ok(GetModuleHandleA("iphlpapi.dll") == api.module, "turn %d: GetModuleHandle differs", i);
        FreeLibrary(again);
    }
    FOR_FAMILIES(f)
    {
        const void *functions[] = {(const void *)api.get[f], (const void *)api.set[f]};

        for (int i = 0; i < 2; i++) {
            topic("module.owns.%s", i ? set_names[f] : get_names[f]);
            other = NULL;
            GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                                   GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                               functions[i], &other);
            ok(functions[i] && other == api.module, "function at %p is of module %p, not %p",
               functions[i], other, api.module);
        }
    }
}
