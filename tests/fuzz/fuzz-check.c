/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arguments of the four exports over a mock host. Input: which function, layout and host (one
 * byte of bits each), then the arguments; sizes are near the right ones or anything.
 *
 * The mock host does what the real one does after the checks: it fills the blocks, in memory of
 * just the size that the program named, with canaries on both sides.
 */
#include "check-oracle.h"
#include "fuzz.h"

#define GUARD 16
#define CANARY 0xc5
#define PLACE_MAX 512

struct place {
    uint8_t bytes[GUARD + PLACE_MAX + GUARD];
};

static struct place places[CHECK_BLOCK_COUNT];

static void take_buffer(struct input *in, struct check_buffer *b, struct place *place,
                        unsigned exact)
{
    uint8_t how = take_8(in);

    memset(place, CANARY, sizeof(*place));
    b->ptr = how & 1 ? place->bytes + GUARD : NULL;
    b->version = how & 2 ? take_32(in) : 0;
    switch (how >> 2 & 3) {
    case 0:
        b->size = exact;
        break;
    case 1:
        b->size = exact + (uint32_t)(int8_t)take_8(in);
        break;
    case 2:
        b->size = 0;
        break;
    default:
        b->size = take_32(in);
    }
}

/* Only the structure's bytes may have been written to, and only if there was anything to write. */
static void check_place(const struct check_buffer *b, const struct place *place, bool filled)
{
    size_t size = filled ? b->size : 0;

    for (size_t i = 0; i < sizeof(place->bytes); i++)
        if (i < GUARD || i >= GUARD + size)
            MUST(place->bytes[i] == CANARY);
}

/* What a Get does once the checks let it: the library fills what the program asked for. */
static void mock_get(const struct check_get *get, unsigned pointer_size)
{
    static struct tcpestats_sample sample;
    enum tcpestats_abi abi = pointer_size == 8 ? TCPESTATS_ABI_X86_64 : TCPESTATS_ABI_I386;

    sample.size = sizeof(sample);
    sample.cls = get->cls;
    for (unsigned i = 0; i < TCPESTATS_CLASS_FIELDS_MAX; i++)
        sample.values[i].value = UINT64_C(0x0102030405060708) * i;
    for (unsigned i = 0; i < CHECK_BLOCK_COUNT; i++)
        if (get->block[i].size)
            MUST(!tcpestats_pack(&sample, i, abi, (void *)(uintptr_t)get->block[i].ptr,
                                 get->block[i].size));
}

static void try_get(struct input *in, unsigned pointer_size, const void *row)
{
    struct check_get get = {.row = row, .cls = take_8(in) % 12};
    uint32_t code;

    if (get.cls == 11)
        get.cls = take_32(in);
    for (unsigned i = 0; i < CHECK_BLOCK_COUNT; i++)
        take_buffer(in, &get.block[i], &places[i], exact_size(get.cls, i, pointer_size));
    code = check_get(&get, &oracle_env, pointer_size);
    MUST(code == expected_get(&get, pointer_size));
    if (!code)
        mock_get(&get, pointer_size);
    for (unsigned i = 0; i < CHECK_BLOCK_COUNT; i++)
        check_place(&get.block[i], &places[i], !code);
}

static void try_set(struct input *in, unsigned pointer_size, const void *row)
{
    struct check_set set = {.row = row, .cls = take_8(in) % 12};
    bool done = true;
    uint32_t code;

    if (set.cls == 11)
        set.cls = take_32(in);
    set.offset = take_8(in) % 4 == 3 ? take_32(in) : 0;
    take_buffer(in, &set.rw, &places[0], exact_size(set.cls, 0, pointer_size));
    code = check_set(&set, &oracle_env, pointer_size, &done);
    MUST(code == expected_set(&set, pointer_size));
    MUST(done == (set.row && helper_there && !set.rw.size));
    /* All that is left to look at is inside of the buffer. */
    if (!code && !done)
        MUST(set.rw.ptr && set.rw.size && set.rw.size <= 8 && set.cls);
    check_place(&set.rw, &places[0], false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t access_codes[] = {0, 5, 8, 1314};
    struct input in = {data, size};
    uint8_t how = take_8(&in);
    unsigned pointer_size = how & 2 ? 8 : 4;
    const void *row = how & 4 ? &in : NULL;
    int32_t value;

    helper_there = how & 8;
    access_code = access_codes[how >> 4 & 3];
    if (how & 1)
        try_set(&in, pointer_size, row);
    else
        try_get(&in, pointer_size, row);
    value = (int32_t)take_32(&in);
    MUST(check_switch(value) == (value == -1 || value == 0 || value == 1));
    return 0;
}
