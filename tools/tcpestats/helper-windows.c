/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper-windows.h"

#include <windows.h>

#include "find.h"

bool helper_is_wine(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

bool helper_call(enum estats_call call, void *args)
{
    static struct helper helper;
    static bool searched;

    if (!searched) {
        helper_find(&helper);
        searched = true;
    }
    return helper.call && !helper.call(call, args);
}
