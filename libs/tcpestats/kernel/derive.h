/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from one snapshot alone, beside the byte counters (bytes.h). */
#ifndef TE_DERIVE_H
#define TE_DERIVE_H

#include "kernel/snapshot.h"

/* The largest receive window that this end can advertise: 16 bits and its scale. */
uint32_t te_window_limit(const struct te_tcp_info *ti);

/* Receive window that we advertise: exact where the kernel tells it. */
uint32_t te_rwin_sent(const struct te_snapshot *s);

/* Time with data to send in which neither the receiver's window nor the send buffer was short. */
uint64_t te_cwnd_limited_us(const struct te_tcp_info *ti);

#endif
