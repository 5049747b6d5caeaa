/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own functions, in the order in which exports.list numbers them. */
#ifndef RASAPI32_EXPORTS_H
#define RASAPI32_EXPORTS_H

#include "../shim/shim.h"

enum own_export {
    ENUM_A,
    ENUM_W,
    STATUS_A,
    STATUS_W,
    GET_CONNECTION,
    GET_LINK,
    CLEAR_CONNECTION,
    CLEAR_LINK,
    HANG_UP_A,
    HANG_UP_W,
    OWN_EXPORTS
};

#endif
