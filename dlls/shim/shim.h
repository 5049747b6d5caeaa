/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every DLL of ours that takes the place of one of Wine's is made of: which one it is, which
 * of its exports are our own, and how each of those stands in the export table.
 */
#ifndef SHIM_H
#define SHIM_H

#include <windows.h>

#include <stdbool.h>

/* Each DLL brings one. */
extern const struct shim_dll {
    const WCHAR *name;          /* as programs know it */
    const WCHAR *stock_name;    /* the name under which Wine's own then lives in the process */
    const char *without_helper; /* what its functions do then, for the log */
    bool names_begin_with_ras;  /* of its functions */
    /* May be NULL. Asked of each function of ours: is the running Wine's own the better one? */
    bool (*leave_to_stock)(unsigned int which, HMODULE stock);
} this_dll;

/* Made by gen-edata, in the order of exports.list; offsets from the start of the image. */
extern const struct own_export_slot {
    DWORD slot;    /* of the function's entry in the table of addresses */
    DWORD forward; /* of a forwarder to the running Wine's function of the same name */
    DWORD name;
} own_exports[];
extern const DWORD own_export_count; /* at most 31 */

/* The marker through which Wine's own DLL is reached; the forwarders go through it. */
extern const WCHAR stock_path[];

const char *own_export_name(unsigned int which);

/*
 * Hides what the environment variable WINE_ESTATS_HIDE names, and what is better left to the
 * running Wine. stock is its own DLL, or NULL.
 */
void hide_exports(HMODULE stock);

/* Was the function hidden from the program? One that bound to it before we could hide it calls it
 * nevertheless. */
bool is_hidden(unsigned int which);

/* The running Wine's function, or NULL where it has none; the second for any name. */
FARPROC stock_function(unsigned int which);
FARPROC stock_named(const char *name);

#endif
