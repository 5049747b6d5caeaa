/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing a sample in the memory layout of the Windows structures. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "fields.h"
#include "sized.h"

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
static uint64_t wire_value(const struct tcpestats_field *f, const struct tcpestats_value *v,
                           unsigned size)
{
    if (v->status == TCPESTATS_KNOWN) {
        if (f->type == TCPESTATS_TYPE_SIZE_T && size == 4 && v->value > UINT32_MAX)
            return UINT32_MAX;
        return v->value;
    }
    /* What is off reads zero, so that a program that forgot to look at Rw sees no nonsense. */
    if (v->status == TCPESTATS_CLASS_OFF)
        return 0;
    return f->unknown_is_ones ? UINT64_MAX : 0;
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
    const struct tcpestats_field *f;
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
    f = tcpestats_field(te_class_first(sample->cls));
    count = te_class_count(sample->cls);
    for (unsigned i = 0; i < count; i++, f++) {
        unsigned width = te_type_size(f->type, abi);

        if (f->block == block)
            put(at + (abi == TCPESTATS_ABI_I386 ? f->off_i386 : f->off_x86_64),
                wire_value(f, &sample->values[i], width), width);
    }
    return 0;
}
