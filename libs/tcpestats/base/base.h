/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the other folders use of this one: clock, hash, descriptors, directories, tuples; no TCP. */
#ifndef TE_BASE_H
#define TE_BASE_H

#include "base/claims.h"
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/directory.h"
#include "base/guard.h"
#include "base/hash.h"
#include "base/tuple.h"

#endif
