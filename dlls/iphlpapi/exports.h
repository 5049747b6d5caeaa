/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our own four functions, in the order in which exports.list numbers them. */
#ifndef IPHLPAPI_EXPORTS_H
#define IPHLPAPI_EXPORTS_H

#include "../shim/shim.h"

enum own_export { SET4, GET4, SET6, GET6, OWN_EXPORTS };

#endif
