/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the unix side share. */
#ifndef WINEESTATS_UNIXLIB_H
#define WINEESTATS_UNIXLIB_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t ntstatus;
typedef ntstatus unix_call(void *args);

#define STATUS_SUCCESS 0x00000000u
#define STATUS_UNSUCCESSFUL 0xC0000001u
#define STATUS_INVALID_PARAMETER 0xC000000Du
#define STATUS_NO_MEMORY 0xC0000017u

/* The NTSTATUS of a negative errno. */
ntstatus status_from_error(int error);

/* Copies as much of from (may be NULL) as fits, and fills with zeros. */
void copy_string(char *to, size_t size, const char *from);

/* --- unix-ras.c --- */
unix_call call_links, call_status, call_ras_get, call_ras_clear;

/* --- unix-totals.c --- */
unix_call call_totals;

#endif
