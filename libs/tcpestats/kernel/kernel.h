/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the other folders use of this one: asking the kernel about TCP connections, and what one
 * answer says by itself.
 */
#ifndef TE_KERNEL_H
#define TE_KERNEL_H

#include "kernel/bytes.h"
#include "kernel/derive.h"
#include "kernel/destroyed.h"
#include "kernel/diag.h"
#include "kernel/ending.h"
#include "kernel/netlink.h"
#include "kernel/netns.h"
#include "kernel/snapshot.h"
#include "kernel/tcp_info.h"

#endif
