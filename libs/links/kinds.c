/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/if.h>
#include <linux/if_arp.h>
#include <string.h>

#include "kinds.h"

static const struct lk_kind kinds[] = {
#define KIND(kind, flags, device, name) {kind, flags, device, name},
#include "kinds.def"
#undef KIND
};

static const struct lk_kind *find_kind(const char *kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (!strcmp(kinds[i].kind, kind))
            return &kinds[i];
    return NULL;
}

bool lk_kind_is_obscure(const struct lk_message *m)
{
    return !m->kind[0] && m->type == ARPHRD_ETHER;
}

static const char *kind_name(const struct lk_message *m, const char *devtype)
{
    if (m->kind[0])
        return m->kind;
    if (m->type == ARPHRD_PPP)
        return "ppp";
    if (lk_kind_is_obscure(m) &&
        (devtype ? !strcmp(devtype, "l2tpeth") : !strncmp(m->name, "l2tpeth", 7)))
        return "l2tpeth";
    return "";
}

const struct lk_kind *lk_kind_of(const struct lk_message *m, const char *devtype)
{
    const struct lk_kind *kind = find_kind(kind_name(m, devtype));

    if (!kind || (m->flags & kind->flags) != kind->flags)
        return NULL;
    /* A port of a bridge or a bond: a virtual machine's, or the underside of something else. */
    if (m->type == ARPHRD_ETHER && m->master)
        return NULL;
    return kind;
}

bool lk_is_connected(const struct lk_message *m)
{
    /* IFF_RUNNING follows the carrier a little later. */
    return (m->flags & IFF_UP) && (m->flags & IFF_LOWER_UP);
}

const char *lk_device_name(const struct lk_link *link)
{
    const struct lk_kind *kind = find_kind(link->kind);

    return kind ? kind->device_name : "PPP";
}

const char *lk_device_type(enum lk_device device)
{
    static const char *const types[LK_DEVICES] = {
        [LK_MODEM] = "modem", [LK_PPPOE] = "PPPoE", [LK_VPN] = "vpn"};

    return (unsigned int)device < LK_DEVICES ? types[device] : "";
}
