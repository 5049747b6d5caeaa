/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for what Wine has from 11.2 on: it loads a library of the host by its path and gives
 * its table of functions. One struct for 64- and 32-bit callers.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <stdint.h>

struct standin_load {
    uint64_t module;    /* out */
    uint64_t functions; /* out */
    uint32_t wow64;     /* 1: the functions for 32-bit programs */
    uint32_t found;     /* out: 1 or 0 */
    char path[1024];    /* of the host */
};

#endif
