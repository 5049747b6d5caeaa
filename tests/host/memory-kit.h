/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests of the memory: users of it, and entries that can be told from damaged ones. */
#ifndef MEMORY_KIT_H
#define MEMORY_KIT_H

#include <arpa/inet.h>

#include "memory/format.h"
#include "scratch.h"

#define KIT_NETNS 4026531840u

/* One that has the memory mapped, as a lane does. */
struct kit_user {
    char dir[96];
    struct te_places places;
    struct te_memory memory;
};

/* dir NULL: the usual places, by the present environment. */
KIT void kit_begin(struct kit_user *u, const char *dir)
{
    snprintf(u->dir, sizeof(u->dir), "%s", dir ? dir : "");
    te_places_init(&u->places, dir ? u->dir : NULL);
    u->memory = (struct te_memory)TE_MEMORY_INIT(&u->places);
}

KIT void kit_done(struct kit_user *u)
{
    te_memory_close(&u->memory);
}

/* As if a second had passed. */
KIT void kit_later(struct kit_user *u)
{
    u->memory.looked_ns = 0;
}

KIT const char *kit_file(const char *dir)
{
    return kit_path(dir, TE_MEMORY_FILE);
}

/* A connection, whose addresses follow from its cookie. */
struct kit_conn {
    struct te_tuple tuple;
    struct te_ident ident;
};

KIT struct te_ident *kit_conn(struct kit_conn *c, uint64_t cookie)
{
    uint32_t low = htonl((uint32_t)cookie);

    memset(c, 0, sizeof(*c));
    c->tuple.family = AF_INET;
    memcpy(c->tuple.local, &low, sizeof(low));
    c->tuple.remote_port = 80;
    c->ident = (struct te_ident){cookie, KIT_NETNS, &c->tuple, 0};
    return &c->ident;
}

/* Everything but `enabled` follows from `enabled`, so that a mixture of two entries shows. */
KIT void kit_fill(struct te_entry *entry, uint32_t enabled)
{
    memset(entry, (int)(enabled * 37 + 1), sizeof(*entry));
    entry->enabled = enabled;
}

KIT bool kit_whole(const struct te_entry *entry)
{
    struct te_entry expected;

    kit_fill(&expected, entry->enabled);
    return !memcmp(entry, &expected, sizeof(expected));
}

KIT int kit_all_alive(void *arg, const struct te_ident *ident)
{
    (void)arg, (void)ident;
    return 1;
}

KIT int kit_none_alive(void *arg, const struct te_ident *ident)
{
    (void)arg, (void)ident;
    return 0;
}

/* Sets a value, or adds to it, as the library does: again where somebody else was faster. */
KIT int kit_change(struct kit_user *u, const struct te_ident *ident, uint32_t set, uint32_t add,
                   te_alive_fn *alive)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    int rc = -EAGAIN;

    te_memory_ready(&u->memory, alive, NULL);
    for (int i = 0; rc == -EAGAIN && i < 1000; i++) {
        struct te_ident found = *ident;
        bool existed = te_memory_read(&u->memory, &found, &entry, &ref);

        if (existed && !kit_whole(&entry))
            return -EBADMSG;
        kit_fill(&entry, add ? entry.enabled + add : set);
        rc = existed ? te_memory_write(&u->memory, &ref, &entry)
                     : te_memory_add(&u->memory, ident, &entry, alive, NULL);
    }
    return rc;
}

KIT int kit_set(struct kit_user *u, uint64_t cookie, uint32_t value)
{
    struct kit_conn c;

    return kit_change(u, kit_conn(&c, cookie), value, 0, kit_all_alive);
}

KIT int kit_bump(struct kit_user *u, uint64_t cookie)
{
    struct kit_conn c;

    return kit_change(u, kit_conn(&c, cookie), 0, 1, kit_all_alive);
}

/*
 * The value set or counted, 0 where there is no entry; -EBADMSG for a damaged entry that was taken
 * for a good one. Writes no message: for children, too.
 */
KIT int kit_get(struct kit_user *u, uint64_t cookie)
{
    struct te_entry_ref ref;
    struct te_entry entry;
    struct kit_conn c;

    te_memory_ready(&u->memory, kit_all_alive, NULL);
    if (!te_memory_read(&u->memory, kit_conn(&c, cookie), &entry, &ref))
        return 0;
    return kit_whole(&entry) ? (int)entry.enabled : -EBADMSG;
}

/* As another process would see it. */
KIT int kit_get_anew(const char *dir, uint64_t cookie)
{
    struct kit_user u;
    int value;

    kit_begin(&u, dir);
    value = kit_get(&u, cookie);
    kit_done(&u);
    return value;
}

/* The slot of a connection that is there. */
KIT struct te_slot *kit_slot(const struct kit_user *u, uint64_t cookie)
{
    struct te_table table = te_table_of(&u->memory);
    struct kit_conn c;
    const struct te_ident *ident = kit_conn(&c, cookie);
    const struct te_slot_key key = {cookie, ident->netns, c.tuple, 0, 0};
    struct te_entry_ref ref = te_table_find(&table, &key);

    ck_assert_ptr_nonnull(ref.slot);
    return ref.slot;
}

KIT uint64_t random_state = 88172645463325252u;

KIT uint32_t random_below(uint32_t limit)
{
    random_state = te_sum(random_state, NULL, 0) + 1;
    return (uint32_t)((random_state >> 32) * limit >> 32);
}

#endif
