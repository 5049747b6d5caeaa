/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Our DLL and the running Wine's own live in one process under one file name. Programs
 * must find ours by it, always; so the other one's entry in the loader's list gets another name.
 * Our forwarders do not go by that name but by the full path of the marker file.
 */
#include <windows.h>
#include <winternl.h>

#include "debug.h"
#include "shim.h"

/* The beginning of LDR_DATA_TABLE_ENTRY, the same since Windows NT 3.1. */
struct loader_entry {
    LIST_ENTRY load_order, memory_order, init_order;
    void *base;
    void *entry_point;
    ULONG size;
    UNICODE_STRING full_name;
    UNICODE_STRING base_name;
};

#define PIN 1
NTSTATUS NTAPI LdrAddRefDll(ULONG flags, HMODULE module);
NTSTATUS NTAPI LdrFindEntryForAddress(const void *addr, struct loader_entry **entry);

static void rename_stock(HMODULE stock)
{
    struct loader_entry *entry;
    USHORT length = 0;

    if (LdrFindEntryForAddress(stock, &entry) || entry->base != stock) {
        ERR("Wine's own %ls is not where it should be.\n", this_dll.name);
        return;
    }
    while (this_dll.stock_name[length])
        length++;
    /* Never written to, like any name in that list. */
    entry->base_name.Buffer = (WCHAR *)(ULONG_PTR)this_dll.stock_name;
    entry->base_name.Length = (USHORT)(length * sizeof(WCHAR));
    entry->base_name.MaximumLength = (USHORT)((length + 1) * sizeof(WCHAR));
}

static HMODULE load_stock(HMODULE self)
{
    HMODULE stock = LoadLibraryW(stock_path);

    if (!stock || stock == self) {
        ERR("%ls is missing or not Wine's; nothing but our own functions will work. "
            "`wine-estats install` repairs the prefix.\n",
            stock_path);
        return NULL;
    }
    LdrAddRefDll(PIN, stock);
    rename_stock(stock);
    return stock;
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved);
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        debug_init();
        DisableThreadLibraryCalls(self);
        /*
         * For good: were we unloaded, the other one would be alone with an odd name, and the next
         * LoadLibrary would have to find its way back.
         */
        LdrAddRefDll(PIN, self);
        hide_exports(load_stock(self));
    }
    return TRUE;
}
