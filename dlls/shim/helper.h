/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding and calling wineestats.dll. */
#ifndef SHIM_HELPER_H
#define SHIM_HELPER_H

#include <stdbool.h>
#include <stdint.h>

/* Is there a helper that speaks our protocol? Looks for it at the first call in a process. */
bool helper_present(void);

/* Calls of wineestats/gate.h. An NTSTATUS. */
int32_t helper_call(unsigned int code, void *args);

#endif
