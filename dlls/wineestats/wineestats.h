/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What wineestats.dll exports: wineestats_call, to be had by GetProcAddress. */
#ifndef WINEESTATS_H
#define WINEESTATS_H

#include <windows.h>

/*
 * Calls the unix side: code and args as in gate.h. The answer is an NTSTATUS, of which
 * libs/tcpestats/base/errors.def lists what the calls themselves give.
 */
typedef LONG(WINAPI *wineestats_call_fn)(unsigned int code, void *args);

#define WINEESTATS_NO_UNIX_SIDE ((LONG)0xC0000135) /* STATUS_DLL_NOT_FOUND */
#define WINEESTATS_BAD_CALL ((LONG)0xC000000D)     /* STATUS_INVALID_PARAMETER */

#endif
