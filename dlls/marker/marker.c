/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file for Wine to find. Marked as builtin and named iphlpapi.dll, say, it makes the loader map
 * the running Wine's own iphlpapi.dll in its stead, which is how ours reaches that one without a
 * copy of it. It must have no export directory: newer versions of Wine would go by the
 * name in there.
 */
#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved);
BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved)
{
    (void)self;
    (void)reason;
    (void)reserved;
    return TRUE;
}
