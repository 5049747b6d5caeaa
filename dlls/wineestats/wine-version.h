/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which Wine this is, for what Windows programs see of its changes. */
#ifndef WINE_VERSION_H
#define WINE_VERSION_H

#include <windows.h>

#include <stdbool.h>

/*
 * Is it this version of Wine, or a newer one? False on Windows, and where Wine's own exports are
 * hidden from programs.
 */
static inline bool wine_is_at_least(unsigned int major, unsigned int minor)
{
    const char *(__cdecl * get_version)(void) = (const char *(__cdecl *)(void))(
        void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version");
    const char *version = get_version ? get_version() : "";
    unsigned int number[2] = {0, 0};

    /* "9.17", "10.0-rc1", "11.10.r0.g01234": the first two numbers. */
    for (int i = 0; i < 2; i++) {
        for (; *version >= '0' && *version <= '9'; version++)
            number[i] = number[i] * 10 + (unsigned int)(*version - '0');
        if (*version != '.')
            break;
        version++;
    }
    return number[0] > major || (number[0] == major && number[1] >= minor);
}

#endif
