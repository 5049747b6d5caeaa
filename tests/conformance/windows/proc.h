/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Child processes of this program, and tokens without Administrators. */
#ifndef PROC_H
#define PROC_H

#include "estats.h"
#include "fault.h"

/* Whether the effective token has Administrators enabled. */
int is_admin(void);
/* A primary token whose Administrators group is for denying only, or NULL. */
HANDLE token_without_admin(void);
/* The same as a token that a thread can put on, or NULL. */
HANDLE impersonation_without_admin(void);

/*
 * What a child does is told on its command line; what it found is its exit status.
 * set: Set with rw_byte (Bandwidth: both members); the status is the Win32 code.
 * get: Get of Rw alone; the status is what get_rw() says, CHILD_FAILED when the call failed.
 */
#define CHILD_FAILED 0xffffu
DWORD child_set(HANDLE token, const struct row *row, int cls, BYTE rw_byte);
DWORD child_get(HANDLE token, const struct row *row, int cls);
/* Connects to a loopback port and ends when the connection does; NULL when it cannot be started. */
HANDLE child_connect(enum family family, USHORT port);
/* Runs the child's part if the command line says so. */
int is_child(int argc, char **argv, int *status);

#endif
