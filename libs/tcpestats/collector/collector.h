/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the other folders use of this one: the daemon's client, and the records that it maps. */
#ifndef TE_COLLECTOR_H
#define TE_COLLECTOR_H

#include "collector/link.h"
#include "collector/reading.h"

#endif
