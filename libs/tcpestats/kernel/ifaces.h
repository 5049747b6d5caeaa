/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which interfaces own an address, and which others are there: where to look for a socket that is
 * bound to a device, or for a link-local address whose interface the caller does not know.
 * No allocation, no lock, a short-lived socket.
 */
#ifndef TE_IFACES_H
#define TE_IFACES_H

#include <stdint.h>

/* How many interfaces are remembered of each kind. */
#define TE_IFACES_OWNERS 128
#define TE_IFACES_OTHERS 64

struct te_ifaces {
    uint32_t owners; /* how many of index[] carry the address: these come first */
    uint32_t count;  /* all */
    uint32_t index[TE_IFACES_OWNERS + TE_IFACES_OTHERS];
};

/* Lists the owners of an address of AF_INET or AF_INET6, then others. 0 or a negative errno. */
int te_ifaces_find(uint16_t family, const uint8_t address[static 16], struct te_ifaces *ifaces);

#endif
