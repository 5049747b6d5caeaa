/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/socket.h>

#include "base/tuple.h"

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_mapped(const uint8_t address[static 16])
{
    return memcmp(address, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

static void unmap(uint8_t address[static 16])
{
    memmove(address, address + sizeof(mapped_prefix), 4);
}

void te_tuple_canonical(struct te_tuple *tuple)
{
    /* One socket has both its addresses mapped or neither. */
    if (tuple->family == AF_INET6 && is_mapped(tuple->local) && is_mapped(tuple->remote)) {
        unmap(tuple->local);
        unmap(tuple->remote);
        tuple->family = AF_INET;
    }
    if (tuple->family == AF_INET) {
        memset(tuple->local + 4, 0, 12);
        memset(tuple->remote + 4, 0, 12);
    }
    tuple->reserved = 0;
}

static bool is_link_local(const uint8_t address[static 16])
{
    return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

bool te_tuple_is_link_local(const struct te_tuple *tuple)
{
    return tuple->family == AF_INET6 &&
           (is_link_local(tuple->local) || is_link_local(tuple->remote));
}
