/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own functions, in the order in which exports.list numbers them. */
#ifndef IPHLPAPI_EXPORTS_H
#define IPHLPAPI_EXPORTS_H

#include "../shim/shim.h"

enum own_export {
    SET4,
    GET4,
    SET6,
    GET6,
    /* Wine's, with what is wrong in its answer put right: */
    TCP6_TABLE,
    TCP6_TABLE2,
    EXTENDED_TCP_TABLE,
    /* Wine's where it has them: */
    OWNER_TCP,
    OWNER_TCP6,
    OWNER_UDP,
    OWNER_UDP6,
    TCP_STATISTICS,
    UDP_STATISTICS,
    OWN_EXPORTS
};

#endif
