/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RASCONN and RASCONNSTATUS in all their generations. */
#ifndef RASAPI32_LAYOUT_H
#define RASAPI32_LAYOUT_H

#include <windows.h>
#include <ras.h>

#include <stdbool.h>

#include "../wineestats/gate.h"

/* Room for the newest of each kind, in bytes. */
#define CONN_MAX 1388
#define STATUS_MAX 608

/* Is dwSize one that a program may have been compiled with? */
bool conn_size_known(DWORD size, bool wide);
bool status_size_known(DWORD size, bool wide);

/* Size of the newest RASCONN. */
DWORD conn_size_newest(bool wide);

/* Fills the first size bytes, size being a known one. */
void conn_fill(BYTE *conn, DWORD size, bool wide, const struct ras_link *link);
void status_fill(BYTE *status, DWORD size, bool wide, const struct ras_link *link);

#endif
