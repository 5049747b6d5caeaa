/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Windows half of libs/tcpestats/errors.def. What is not in there was not said by our own unix
 * side, and gets the code that any system call would give for it.
 */
#include <windows.h>
#include <winternl.h>

#include "status.h"

uint32_t status_to_win32(int32_t status)
{
    static const struct {
        uint32_t status;
        uint32_t win32;
    } table[] = {
#define ERRNO(error, status, win32, text) {status, win32},
#include "../../libs/tcpestats/base/errors.def"
#undef ERRNO
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].status == (uint32_t)status)
            return table[i].win32;
    }
    return RtlNtStatusToDosError(status);
}
