/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "trust.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

static bool is_member(int fd, gid_t gid)
{
    gid_t few[64], *groups = few;
    socklen_t len = sizeof(few);
    bool member = false;
    int status = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len);

    /* len is then what it takes. A process has 65,536 groups at most. */
    if (status != 0 && errno == ERANGE && (groups = malloc(len)))
        status = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len);
    for (size_t i = 0; groups && status == 0 && i < len / sizeof(*groups); i++)
        member |= groups[i] == gid;
    if (groups != few)
        free(groups);
    return member;
}

bool trust_peer(int fd, gid_t gid, uid_t *uid)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    *uid = (uid_t)-1;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return false;
    *uid = peer.uid;
    return peer.uid == 0 || (gid != (gid_t)-1 && (peer.gid == gid || is_member(fd, gid)));
}
