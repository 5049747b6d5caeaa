/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lines in Wine's own log, channel "estats": WINEDEBUG=+estats shows each call. Where nobody
 * listens a trace costs one comparison.
 */
#ifndef SHIM_DEBUG_H
#define SHIM_DEBUG_H

#include <stdbool.h>

/* Wine's classes of messages: each is shown by default (FIXME, ERR) or on request. */
enum debug_class { DEBUG_FIXME, DEBUG_ERR, DEBUG_WARN, DEBUG_TRACE };

/* Finds Wine's log; before it nothing is shown. */
void debug_init(void);

/* One bit per debug_class. */
extern unsigned char debug_flags;

void debug_print(enum debug_class cls, const char *function, const char *format, ...)
    __attribute__((format(gnu_printf, 3, 4)));

#define DEBUG_ON(cls) (debug_flags & (1u << (cls)))

#define DEBUG(cls, function, ...)                    \
    do {                                             \
        if (DEBUG_ON(cls))                           \
            debug_print(cls, function, __VA_ARGS__); \
    } while (0)

#define TRACE(function, ...) DEBUG(DEBUG_TRACE, function, __VA_ARGS__)
#define ERR(...) DEBUG(DEBUG_ERR, __func__, __VA_ARGS__)

#endif
