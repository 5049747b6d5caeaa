/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "members/fields.h"

static const struct tcpestats_field fields[TCPESTATS_FIELD_COUNT] = {
#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc) \
    {(enum tcpestats_class)TE_CLASS_##cls,                                              \
     TCPESTATS_##block,                                                                 \
     #name,                                                                             \
     TCPESTATS_TYPE_##type,                                                             \
     off32,                                                                             \
     off64,                                                                             \
     unit,                                                                              \
     TCPESTATS_KIND_##kind,                                                             \
     unknown,                                                                           \
     rfc},
#include "tcpestats-fields.h"
};

static const struct {
    const char *name;
    unsigned first;
} classes[TCPESTATS_CLASS_COUNT + 1] = {
#define TCPESTATS_CLASS(number, name, upper) [number] = {#name, TE_FIRST_##name},
#include "tcpestats-fields.h"
    [TCPESTATS_CLASS_COUNT] = {NULL, TCPESTATS_FIELD_COUNT},
};

/* By class, block and ABI. */
static const uint16_t block_sizes[TCPESTATS_CLASS_COUNT][3][2] = {
#define TCPESTATS_BLOCK(upper, block, size32, size64) \
    [TCPESTATS_##upper][TCPESTATS_##block] = {size32, size64},
#include "tcpestats-fields.h"
};

const struct tcpestats_field *tcpestats_field(unsigned id)
{
    return id < TCPESTATS_FIELD_COUNT ? &fields[id] : NULL;
}

const char *tcpestats_class_name(unsigned cls)
{
    return cls < TCPESTATS_CLASS_COUNT ? classes[cls].name : NULL;
}

size_t tcpestats_block_size(unsigned cls, unsigned block, unsigned abi)
{
    if (cls >= TCPESTATS_CLASS_COUNT || block > TCPESTATS_ROD || abi > TCPESTATS_ABI_X86_64)
        return 0;
    return block_sizes[cls][block][abi];
}

unsigned te_class_first(unsigned cls)
{
    return classes[cls].first;
}

unsigned te_class_count(unsigned cls)
{
    return classes[cls + 1].first - classes[cls].first;
}

bool te_class_has_switch(unsigned cls)
{
    return cls < TCPESTATS_CLASS_COUNT && block_sizes[cls][TCPESTATS_RW][0];
}

bool te_field_is_inbound(const struct tcpestats_field *field)
{
    return field->cls == TCPESTATS_BANDWIDTH && field->name[0] == 'I';
}
