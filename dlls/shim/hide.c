/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * WINE_ESTATS_HIDE=1 takes our functions away from a program that cannot live with them;
 * WINE_ESTATS_HIDE=name,name only those. What is left is what the running Wine has: the entry in
 * our export table becomes a forwarder to its function, and a forwarder to nothing is, for
 * GetProcAddress, a name that does not exist. So go the functions, too, that this Wine does not
 * need us for.
 */
#include <stddef.h>

#include "debug.h"
#include "shim.h"

extern BYTE __ImageBase[];

static unsigned int hidden; /* bit n: own_exports[n] */
static HMODULE stock_module;

const char *own_export_name(unsigned int which)
{
    return (const char *)__ImageBase + own_exports[which].name;
}

static WCHAR lower(WCHAR c)
{
    return c >= 'A' && c <= 'Z' ? (WCHAR)(c + 'a' - 'A') : c;
}

static bool same_name(const WCHAR *item, size_t length, const char *name)
{
    for (size_t i = 0; i < length; i++) {
        if (!name[i] || lower(item[i]) != lower((WCHAR)(BYTE)name[i]))
            return false;
    }
    return !name[length];
}

/* One variable for all our DLLs; the beginning of a name says whose it would be. */
static bool is_ours_to_judge(const WCHAR *item, size_t length)
{
    bool ras = length >= 3 && same_name(item, 3, "ras");

    return ras == this_dll.names_begin_with_ras;
}

static unsigned int bits_of_item(const WCHAR *item, size_t length)
{
    const unsigned int all = (1u << own_export_count) - 1;

    if (!length || same_name(item, length, "0"))
        return 0;
    if (same_name(item, length, "1") || same_name(item, length, "all"))
        return all;
    for (unsigned int i = 0; i < own_export_count; i++) {
        if (same_name(item, length, own_export_name(i)))
            return 1u << i;
    }
    if (is_ours_to_judge(item, length))
        ERR("WINE_ESTATS_HIDE: '%.*ls' is none of our functions.\n", (int)length, item);
    return 0;
}

static unsigned int parse(const WCHAR *list)
{
    unsigned int bits = 0;

    for (;;) {
        size_t length = 0;

        while (list[length] && list[length] != ',' && list[length] != ';' && list[length] != ' ')
            length++;
        bits |= bits_of_item(list, length);
        if (!list[length])
            return bits;
        list += length + 1;
    }
}

void hide_exports(HMODULE stock)
{
    WCHAR list[256];
    DWORD length = GetEnvironmentVariableW(L"WINE_ESTATS_HIDE", list, ARRAYSIZE(list));

    stock_module = stock;
    if (length && length < ARRAYSIZE(list))
        hidden = parse(list);
    for (unsigned int i = 0; stock && this_dll.leave_to_stock && i < own_export_count; i++) {
        if (this_dll.leave_to_stock(i, stock))
            hidden |= 1u << i;
    }
    for (unsigned int i = 0; i < own_export_count; i++) {
        DWORD *slot = (DWORD *)(__ImageBase + own_exports[i].slot);
        DWORD protection;

        if (!(hidden & (1u << i)) ||
            !VirtualProtect(slot, sizeof(*slot), PAGE_READWRITE, &protection))
            continue;
        *slot = own_exports[i].forward;
        VirtualProtect(slot, sizeof(*slot), protection, &protection);
    }
}

bool is_hidden(unsigned int which)
{
    return hidden & (1u << which);
}

FARPROC stock_named(const char *name)
{
    return stock_module ? GetProcAddress(stock_module, name) : NULL;
}

FARPROC stock_function(unsigned int which)
{
    return stock_named(own_export_name(which));
}
