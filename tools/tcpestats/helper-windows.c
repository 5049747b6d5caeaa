/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "helper-windows.h"

#include <windows.h>

#include "find.h"

bool helper_is_wine(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

static const struct helper *helper(void)
{
    static struct helper found;
    static bool searched;

    if (!searched) {
        helper_find(&found);
        searched = true;
    }
    return &found;
}

bool helper_present(void)
{
    return helper()->call != NULL;
}

bool helper_call(enum estats_call call, void *args)
{
    return helper()->call && !helper()->call(call, args);
}
