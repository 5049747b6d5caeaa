/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "../../libs/links/links.h"
#include "link-info.h"
#include "tcpestats.h"

struct walk {
    int (*visit)(const struct link_info *, void *);
    void *arg;
    bool ended;
};

_Static_assert((int)LINK_MEMBERS == (int)LK_MEMBERS, "members");

static int on_link(const struct lk_link *found, void *arg)
{
    struct walk *walk = arg;
    struct link_info link = {.handle = found->handle, .host_sources = true};
    struct lk_stats stats;
    int error = lk_stats(NULL, found->handle, 0, &stats);

    if (error)
        return error == -ENODEV ? 0 : error; /* gone in between */
    memcpy(link.name, found->name, sizeof(found->name));
    strcpy(link.device_type, lk_device_type(found->device));
    strcpy(link.device_name, lk_device_name(found));
    memcpy(link.value, stats.value, sizeof(link.value));
    link.since = lk_since_name(stats.since);
    walk->ended = walk->visit(&link, walk->arg) != 0;
    return walk->ended;
}

int links_list(int (*visit)(const struct link_info *, void *), void *arg, struct failure *failure)
{
    struct walk walk = {visit, arg, false};
    int error = lk_list(NULL, on_link, &walk);

    if (error >= 0)
        return TOOL_OK;
    return fail_with(failure, error == -EPERM ? TOOL_NOT_PERMITTED : TOOL_OTHER,
                     "the kernel's links cannot be read: %s", tcpestats_strerror(error));
}
