/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rights.h"

#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static const unsigned kept[] = {CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN};

static void must(int result, const char *what)
{
    if (result == 0)
        return;
    perror(what);
    abort();
}

/* Leaving root's number takes all capabilities out of force, and coming back puts all in. */
void rights_of_unit(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct have[2];

    if (geteuid() != 0)
        return;
    must(setegid(NOBODY), "setegid");
    must(seteuid(NOBODY), "seteuid");
    must((int)syscall(SYS_capget, &head, have), "capget");
    for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        have[kept[i] / 32].effective |= 1u << kept[i] % 32;
    must((int)syscall(SYS_capset, &head, have), "capset");
}

void rights_back(void)
{
    if (geteuid() != NOBODY || getuid() != 0)
        return;
    must(seteuid(0), "seteuid");
    must(setegid(getgid()), "setegid");
}
