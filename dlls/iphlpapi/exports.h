/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own four functions, and how each stands in the export table. */
#ifndef IPHLPAPI_EXPORTS_H
#define IPHLPAPI_EXPORTS_H

#include <windows.h>

#include <stdbool.h>

enum own_export { SET4, GET4, SET6, GET6, OWN_EXPORTS };

/* Made by gen-edata, in the order of exports.list; offsets from the start of the image. */
extern const struct own_export_slot {
    DWORD slot;    /* of the function's entry in the table of addresses */
    DWORD forward; /* of a forwarder to the running Wine's function of the same name */
    DWORD name;
} own_exports[OWN_EXPORTS];

/* The file that leads to Wine's own iphlpapi.dll; the forwarders go through it. */
extern const WCHAR stock_path[];

const char *own_export_name(enum own_export which);

/*
 * Does what the environment variable WINE_ESTATS_HIDE asks for. stock is the running Wine's own
 * iphlpapi.dll, or NULL.
 */
void hide_exports(HMODULE stock);

/* Was the function hidden from the program? One that bound to it before we could hide it calls it
 * nevertheless. */
bool is_hidden(enum own_export which);

/* The running Wine's function, or NULL where it has none. */
FARPROC stock_function(enum own_export which);

#endif
