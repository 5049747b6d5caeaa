/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bits of the classes, as in tcpestats_conn.enabled; also for programs in the kernel. */
#ifndef TE_CLASSES_H
#define TE_CLASSES_H

#define TE_CLASS_BIT(cls) (1u << (cls))

/* ON_SYN_OPTS to ON_FINE_RTT. */
enum te_class_bit {
#define TCPESTATS_CLASS(number, name, upper) ON_##upper = TE_CLASS_BIT(number),
#include "tcpestats-fields.h"
};

/* Bandwidth has a switch for each direction. */
#define ON_OUTBOUND ON_BANDWIDTH
#define ON_INBOUND (1u << 31)

#endif
