/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the other folders use of this one: the tables of members, and what they make of a reading.
 */
#ifndef TE_MEMBERS_H
#define TE_MEMBERS_H

#include "members/fields.h"
#include "members/sources.h"

#endif
