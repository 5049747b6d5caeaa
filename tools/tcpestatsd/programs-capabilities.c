/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <linux/capability.h>

#include "programs.h"

/* RTM_NEWNSID, and attaching to cgroups. */
const uint64_t programs_capabilities = UINT64_C(1) << CAP_NET_ADMIN;
