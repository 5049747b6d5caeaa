/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IPHLPAPI_ROW_H
#define IPHLPAPI_ROW_H

#include "../wineestats/gate.h"
#include "exports.h"

/* Reads the MIB_TCPROW or MIB_TCP6ROW that a function takes, and traces it. */
void read_row(enum own_export which, const void *row, struct estats_conn *conn);

#endif
