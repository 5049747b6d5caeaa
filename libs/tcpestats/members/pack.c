/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing a sample in the memory layout of the Windows structures. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "members/fields.h"
#include "sized.h"

/* What of the table of members is needed here, close together: a Get may take less than 1 us. */
struct place {
    uint8_t block;
    uint8_t narrow; /* SIZE_T: on i386 half as wide */
    uint8_t unknown_is_ones;
    uint8_t width[2]; /* by ABI */
    uint8_t offset[2];
};

#define WIDTH_BOOLEAN 1, 1
#define WIDTH_UCHAR 1, 1
#define WIDTH_ULONG 4, 4
#define WIDTH_ULONG64 8, 8
#define WIDTH_SIZE_T 4, 8

static const struct place places[TCPESTATS_FIELD_COUNT] = {
#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc) \
    {TCPESTATS_##block,                                                                 \
     TCPESTATS_TYPE_##type == TCPESTATS_TYPE_SIZE_T,                                    \
     unknown,                                                                           \
     {WIDTH_##type},                                                                    \
     {off32, off64}},
#include "tcpestats-fields.h"
};

static void put(uint8_t *at, uint64_t value, unsigned size)
{
    uint64_t little = htole64(value);

    /* Each of a known size, which is a single store. */
    if (size == 8)
        memcpy(at, &little, 8);
    else if (size == 4)
        memcpy(at, &(uint32_t){htole32((uint32_t)value)}, 4);
    else
        at[0] = (uint8_t)value;
}

/* ULONG members wrap, as RFC 4898's counters do; SIZE_T members of 32 bits saturate. */
static uint64_t wire_value(const struct place *place, const struct tcpestats_value *v,
                           enum tcpestats_abi abi)
{
    if (v->status == TCPESTATS_KNOWN) {
        if (place->narrow && abi == TCPESTATS_ABI_I386 && v->value > UINT32_MAX)
            return UINT32_MAX;
        return v->value;
    }
    /* What is off reads zero, so that a program that forgot to look at Rw sees no nonsense. */
    if (v->status == TCPESTATS_CLASS_OFF)
        return 0;
    return place->unknown_is_ones ? UINT64_MAX : 0;
}

static void pack_rw(const struct tcpestats_sample *sample, uint8_t *at, size_t size)
{
    at[0] = sample->enabled == TCPESTATS_ON;
    if (size == 8)
        at[4] = sample->enabled_inbound == TCPESTATS_ON;
}

int tcpestats_pack(const struct tcpestats_sample *sample, enum tcpestats_block block,
                   enum tcpestats_abi abi, void *buf, size_t size)
{
    const struct place *place;
    unsigned count;
    size_t expected;
    uint8_t *at = buf;

    if (!sample || !buf || sample->size < TE_SAMPLE_0)
        return -EINVAL;
    expected = tcpestats_block_size(sample->cls, block, abi);
    if (!expected)
        return -EINVAL;
    if (size != expected)
        return -EMSGSIZE;

    memset(buf, 0, size);
    if (block == TCPESTATS_RW) {
        pack_rw(sample, at, size);
        return 0;
    }
    place = &places[te_class_first(sample->cls)];
    count = te_class_count(sample->cls);
    for (unsigned i = 0; i < count; i++, place++) {
        if (place->block == block)
            put(at + place->offset[abi], wire_value(place, &sample->values[i], abi),
                place->width[abi]);
    }
    return 0;
}
