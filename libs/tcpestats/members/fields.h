/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Look-ups in the field table, for the library's own use. */
#ifndef TE_FIELDS_H
#define TE_FIELDS_H

#include <stdbool.h>

#include "shared/classes.h"
#include "tcpestats.h"

/* The classes under their names in the table, and the first member of each. */
enum {
#define TCPESTATS_CLASS(number, name, upper) TE_CLASS_##name = number,
#include "tcpestats-fields.h"
};
enum {
#define TCPESTATS_CLASS(number, name, upper) \
    TE_FIRST_##name, TE_BEFORE_##name = TE_FIRST_##name - 1,
#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc) \
    TE_AT_##cls##_##block##_##name,
#include "tcpestats-fields.h"
};

/* First field id and number of fields of a class; cls must be in range. */
unsigned te_class_first(unsigned cls);
unsigned te_class_count(unsigned cls);

/* Bandwidth's members belong to one direction each. */
bool te_field_is_inbound(const struct tcpestats_field *field);

/* Does the class have a switch (all but SynOpts)? */
bool te_class_has_switch(unsigned cls);

#endif
