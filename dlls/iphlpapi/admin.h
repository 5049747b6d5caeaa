/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IPHLPAPI_ADMIN_H
#define IPHLPAPI_ADMIN_H

#include <stdint.h>

/*
 * May the calling thread change what is collected? As on Windows an enabled membership in
 * Administrators decides, of the token that the thread impersonates with if it does so. 0, or the
 * Win32 code to fail with.
 */
uint32_t admin_may_set(void);

#endif
