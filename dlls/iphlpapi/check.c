/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The order of the checks is part of the contract: programs see which error comes first.
 *
 * Get: Row NULL, no helper, class, versions, the three buffers; then the look-up.
 * Set: Row NULL, no helper, RwSize 0 (done), membership, version and Offset, class, the buffer;
 * then the look-up, and last the members of Bandwidth's buffer: a connection that does not exist is
 * reported even when its switches are nonsense, as a switch concerns a connection that was found.
 */
#include "check.h"

#include <stddef.h>

uint32_t check_block_size(uint32_t cls, enum check_block block, unsigned int pointer_size)
{
    static const uint8_t sizes[CHECK_CLASS_COUNT][CHECK_BLOCK_COUNT][2] = {
#define TCPESTATS_BLOCK(upper, block, size32, size64) \
    [CHECK_##upper][CHECK_##block] = {size32, size64},
#include "tcpestats-fields.h"
    };

    if (cls >= CHECK_CLASS_COUNT || (unsigned int)block >= CHECK_BLOCK_COUNT)
        return 0;
    return sizes[cls][block][pointer_size == 8];
}

/* Only the exact size will do: what the program holds is then the structure that we fill. */
static bool buffer_fits(const struct check_buffer *buffer, uint32_t exact)
{
    return buffer->ptr && buffer->size == exact;
}

uint32_t check_get(const struct check_get *get, const struct check_env *env,
                   unsigned int pointer_size)
{
    if (!get->row)
        return CHECK_INVALID_PARAMETER;
    if (!env->have_helper())
        return CHECK_NOT_SUPPORTED;
    if (get->cls >= CHECK_CLASS_COUNT)
        return CHECK_INVALID_PARAMETER;
    for (int i = 0; i < CHECK_BLOCK_COUNT; i++) {
        if (get->block[i].version)
            return CHECK_NOT_SUPPORTED;
    }
    for (int i = 0; i < CHECK_BLOCK_COUNT; i++) {
        const struct check_buffer *buffer = &get->block[i];

        /* Size 0 leaves a block out, whatever its pointer. */
        if (buffer->size &&
            !buffer_fits(buffer, check_block_size(get->cls, (enum check_block)i, pointer_size)))
            return CHECK_INVALID_USER_BUFFER;
    }
    return CHECK_NO_ERROR;
}

uint32_t check_set(const struct check_set *set, const struct check_env *env,
                   unsigned int pointer_size, bool *nothing_to_do)
{
    uint32_t error;

    *nothing_to_do = false;
    if (!set->row)
        return CHECK_INVALID_PARAMETER;
    if (!env->have_helper())
        return CHECK_NOT_SUPPORTED;
    if (!set->rw.size) {
        *nothing_to_do = true;
        return CHECK_NO_ERROR;
    }
    error = env->may_set();
    if (error)
        return error;
    if (set->rw.version || set->offset)
        return CHECK_NOT_SUPPORTED;
    if (set->cls >= CHECK_CLASS_COUNT)
        return CHECK_INVALID_PARAMETER;
    /* SynOpts has no such structure: no size is right. */
    if (!buffer_fits(&set->rw, check_block_size(set->cls, CHECK_RW, pointer_size)))
        return CHECK_INVALID_USER_BUFFER;
    return CHECK_NO_ERROR;
}

bool check_switch(int32_t value)
{
    return value >= -1 && value <= 1;
}
