/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `tcpestats links` needs from the system: links-linux.c over libs/links, links-windows.c over
 * rasapi32.dll.
 */
#ifndef LINK_INFO_H
#define LINK_INFO_H

#include "tool.h"

/* The members of Windows' RAS_STATS after dwSize, in their order. */
enum link_member {
#define STAT(member, unit, origin, source, note) LINK_##member,
#include "../../libs/links/stats.def"
#undef STAT
    LINK_MEMBERS
};

struct link_member_text {
    const char *name, *unit, *source, *note;
};
extern const struct link_member_text link_members[LINK_MEMBERS];

#define LINK_NAME_MAX 1024 /* on Windows a name may have 256 characters */

struct link_info {
    char name[LINK_NAME_MAX];
    char device_type[64];
    char device_name[512];
    uint64_t handle;
    uint64_t value[LINK_MEMBERS]; /* on Windows no more than 32 bits of each are told */
    bool host_sources; /* the numbers are Linux', so stats.def says where they come from */
    const char *since; /* what the duration counts from, or NULL where it is not told */
};

/* Does the system know this member of the link? */
bool link_knows(const struct link_info *link, unsigned member);

/* Visits every connected link; a non-zero return of visit ends the walk. */
int links_list(int (*visit)(const struct link_info *, void *), void *arg, struct failure *failure);

#endif
