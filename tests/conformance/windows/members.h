/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The field table of the project in this program's ABI. */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "estats.h"

enum member_kind {
    KIND_COUNTER,
    KIND_GAUGE,
    KIND_MAXIMUM,
    KIND_MINIMUM,
    KIND_SEQUENCE,
    KIND_ENUM,
    KIND_BOOL
};

struct member {
    const char *name;
    int cls;
    enum block block;
    unsigned offset, size;
    enum member_kind kind;
    int unknown_is_ones;
};

#ifdef _WIN64
#define MEMBER_OFFSET(off32, off64) off64
#else
#define MEMBER_OFFSET(off32, off64) off32
#endif

static const struct member members[] = {
#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc) \
    {#name,        TcpConnectionEstats##cls,                                            \
     block,        MEMBER_OFFSET(off32, off64),                                         \
     sizeof(type), KIND_##kind,                                                         \
     unknown},
#include "tcpestats-fields.h"
    {0}};

#endif
