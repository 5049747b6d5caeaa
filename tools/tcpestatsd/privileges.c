/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privileges.h"

static int change_user(const char *name)
{
    struct passwd *user;

    if (!name)
        return 0;
    errno = 0;
    user = getpwnam(name);
    if (!user)
        return errno ? -errno : -ENOENT;
    if (getuid() == user->pw_uid && geteuid() == user->pw_uid)
        return 0;
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
        setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        return -errno;
    return 0;
}

/* Takes CAP_SETPCAP; where a service manager has done it there is nothing left to take. */
static void narrow_bounds(uint64_t keep)
{
    for (unsigned cap = 0; cap < 64; cap++)
        if (!(keep >> cap & 1) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
            prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

int privileges_drop(const char *user, uint64_t keep)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[2];
    int status;

    narrow_bounds(keep);
    status = change_user(user);
    if (status)
        return status;
    if (syscall(SYS_capget, &head, have) != 0)
        return -errno;
    for (int i = 0; i < 2; i++) {
        uint32_t wanted = (uint32_t)(keep >> 32 * i);

        have[i].permitted &= wanted;
        have[i].effective = have[i].permitted;
        have[i].inheritable = 0;
    }
    if (syscall(SYS_capset, &head, have) != 0 ||
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -errno;
    return 0;
}
