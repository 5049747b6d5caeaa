/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of GetExtendedTcpTable, whatever its class, as programs cast them. */
#ifndef OWNERS_H
#define OWNERS_H

#include "estats.h"

struct owned_row {
    struct row row;
    DWORD state, pid;
};

/* All rows of the table of that class (TCP_TABLE_CLASS), to be freed; NULL with the code. */
struct owned_row *owned_rows(enum family family, int cls, size_t *count, ULONG *code);

/* Is it the same connection? Scopes are not looked at. */
int same_connection(const struct row *a, const struct row *b);

/* The row of our own connection among them, or NULL. */
const struct owned_row *owned_find(const struct owned_row *rows, size_t count,
                                   const struct row *wanted);

#endif
