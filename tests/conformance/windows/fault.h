/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Page faults that are caught, and memory to have them with. */
#ifndef FAULT_H
#define FAULT_H

#include <windows.h>

#include <stddef.h>

/* Calls fn(arg); returns 0, or the exception's code, with its place in *fault. */
struct fault {
    const void *instruction, *data;
};
DWORD catch_fault(void (*fn)(void *), void *arg, struct fault *fault);

/* n bytes that end right before (or begin at) a page that cannot be touched; freed by guard_free.
 */
void *guarded(size_t n);
void guard_free(void *ptr);

#endif
