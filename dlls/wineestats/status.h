/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef WINEESTATS_STATUS_H
#define WINEESTATS_STATUS_H

#include <stdint.h>

/* The Win32 code for an NTSTATUS that came from the unix side or from ntdll. */
uint32_t status_to_win32(int32_t status);

#endif
