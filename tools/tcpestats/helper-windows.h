/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Under Wine: what iphlpapi.dll's functions cannot tell (which numbers are known, where they come
 * from) is asked of the helper that stands behind them.
 */
#ifndef HELPER_WINDOWS_H
#define HELPER_WINDOWS_H

#include <stdbool.h>

#include "gate.h"

/* Is this Wine? */
bool helper_is_wine(void);

/* Is there a helper of our version? */
bool helper_present(void);

/* Fills args; false where there is no helper or it gave an error. */
bool helper_call(enum estats_call call, void *args);

#endif
