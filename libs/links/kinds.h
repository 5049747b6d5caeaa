/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which links count as connections, from what netlink tells of them. */
#ifndef LK_KINDS_H
#define LK_KINDS_H

#include "links.h"
#include "parse.h"

struct lk_kind {
    const char *kind;
    uint32_t flags;
    enum lk_device device;
    const char *device_name;
};

/*
 * The row of kinds.def for a message, or NULL. devtype is the driver's own word from sysfs, NULL
 * where that cannot be asked: L2TP's Ethernet links have no kind in netlink.
 */
const struct lk_kind *lk_kind_of(const struct lk_message *message, const char *devtype);

/* Does only sysfs know (or the name give away) what this is? */
bool lk_kind_is_obscure(const struct lk_message *message);

/* Is the link usable, that is up and with a carrier? */
bool lk_is_connected(const struct lk_message *message);

#endif
