/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of iphlpapi.dll, and the names of processes. */
#ifndef TABLES_WINDOWS_H
#define TABLES_WINDOWS_H

#include "backend.h"

/* A function of iphlpapi.dll, or NULL. */
void *tables_function(const char *name);

/* A Win32 error code as a failure. */
int tables_fail(struct failure *failure, const char *what, unsigned long error);

/* Visits the connections; with their owners once tables_owners_load() was called. */
int tables_list(int (*visit)(const struct conn *, void *), void *arg, struct failure *failure);

int tables_owners_load(struct failure *failure);
/* As backend_owners() and what follows it there. */
const struct owner *tables_owners(const struct conn *conn, size_t *count);
enum process_view tables_process(uint32_t pid, const char *name);
bool tables_process_is(const struct owner *owner, const char *name);
int tables_owner_unknown(struct failure *failure);

void tables_free(void);

#endif
