/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bits of the classes, as in tcpestats_conn.enabled; also for programs in the kernel. */
#ifndef TE_CLASSES_H
#define TE_CLASSES_H

#define TE_CLASS_BIT(cls) (1u << (cls))

/* Bandwidth has a switch for each direction: its own bit is the outbound one's. */
#define TE_CLASS_INBOUND (1u << 31)

#endif
