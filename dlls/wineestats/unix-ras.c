/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unix side of rasapi32.dll: links of the host. */
#include <string.h>

#include "gate.h"
#include "links.h"
#include "unixlib.h"

_Static_assert(RAS_VALUES == LK_MEMBERS, "members of RAS_STATS");
_Static_assert(sizeof(((struct ras_link *)0)->name) == LK_NAME_MAX, "names");

static void link_to_gate(const struct lk_link *in, struct ras_link *out)
{
    memset(out, 0, sizeof(*out));
    out->handle = in->handle;
    out->index = in->index;
    out->connected = in->connected;
    copy_string(out->name, sizeof(out->name), in->name);
    copy_string(out->kind, sizeof(out->kind), in->kind);
    copy_string(out->device_type, sizeof(out->device_type), lk_device_type(in->device));
    copy_string(out->device_name, sizeof(out->device_name), lk_device_name(in));
}

/* A positive return ends the walk. */
static int add_link(const struct lk_link *link, void *arg)
{
    struct ras_links *links = arg;

    if (link->index <= links->after)
        return 0;
    if (links->count == RAS_LINKS_MAX) {
        links->more = 1;
        return 1;
    }
    link_to_gate(link, &links->link[links->count++]);
    return 0;
}

ntstatus call_links(void *args)
{
    struct ras_links *links = args;
    int ret;

    links->count = links->more = links->reserved = 0;
    ret = lk_list(NULL, add_link, links);
    return ret < 0 ? status_from_error(ret) : STATUS_SUCCESS;
}

ntstatus call_status(void *args)
{
    struct ras_status *status = args;
    struct lk_link link;
    int ret = lk_find(status->handle, &link);

    if (ret < 0)
        return status_from_error(ret);
    link_to_gate(&link, &status->link);
    return STATUS_SUCCESS;
}

ntstatus call_ras_get(void *args)
{
    struct ras_get *get = args;
    struct lk_stats stats;
    int ret = lk_stats(NULL, get->handle, get->subentry, &stats);

    if (ret < 0)
        return status_from_error(ret);
    for (unsigned int i = 0; i < RAS_VALUES; i++)
        get->value[i] = lk_windows_value(i, stats.value[i]);
    get->since = stats.since;
    get->reserved = 0;
    return STATUS_SUCCESS;
}

ntstatus call_ras_clear(void *args)
{
    const struct ras_clear *clear = args;
    int ret = lk_clear(NULL, clear->handle, clear->subentry);

    return ret < 0 ? status_from_error(ret) : STATUS_SUCCESS;
}
