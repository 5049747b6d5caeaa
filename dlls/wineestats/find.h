/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a Windows program finds the helper: the same for our DLLs, tcpestats.exe and the self-test.
 * Uses nothing but kernel32 and ntdll.
 */
#ifndef WINEESTATS_FIND_H
#define WINEESTATS_FIND_H

#include <stdbool.h>

#include "gate.h"
#include "wineestats.h"

/* Either the way that serves, or what is wrong with the first helper that does not. */
enum helper_state {
    HELPER_WINE,     /* the pair in Wine's own directory */
    HELPER_PATH,     /* the pair in a directory that WINEDLLPATH names */
    HELPER_RECORDED, /* the host's file that `wine-estats install` recorded in the prefix */
    HELPER_ABSENT,
    HELPER_FOREIGN,       /* a wineestats.dll of somebody else */
    HELPER_NO_UNIX_SIDE,  /* without a wineestats.so for this kind of program */
    HELPER_OTHER_VERSION, /* does not speak our protocol */
    HELPER_STALE,         /* this Wine loads by path, but not what is recorded */
};

#define HELPER_PATH_ROOM 1024

struct helper {
    enum helper_state state;
    wineestats_call_fn call;      /* NULL where none serves */
    struct estats_info info;      /* what it says of itself, zeros where it says nothing */
    WCHAR file[HELPER_PATH_ROOM]; /* of what the state is about, "" for HELPER_ABSENT */
};

/* May be called by several threads at once. A helper that serves stays loaded. */
void helper_find(struct helper *helper);

/* Directory number n of Wine's DLLs, as a path for LoadLibrary, "" if it is too long for us. False
 * when there is none. */
bool helper_dll_dir(unsigned int n, WCHAR path[HELPER_PATH_ROOM]);

#endif
