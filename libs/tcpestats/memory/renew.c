/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A new file in the place of one that has become too full or too large. Dead connections are found
 * here only, so that neither reading nor changing ever has to clear up.
 */
#include <errno.h>
#include <sys/mman.h>

#include "memory/format.h"

#define DAY_NS (86400 * TE_SECOND_NS)

/* What is known of the old table: by slot, is it to be taken along? */
struct te_survey {
    struct te_table table;
    uint8_t *keep; /* mapped, not from the heap, whose lock a thread may have been killed with */
    uint32_t used, kept;
};

static uint64_t age_of(const struct te_slot *slot, uint64_t now)
{
    uint64_t shown = __atomic_load_n(&slot->shown_ns, __ATOMIC_RELAXED);

    return shown < now ? now - shown : 0;
}

/* Our namespace's connections can be asked after; others are forgotten when nobody looks. */
static bool is_wanted(const struct te_slot *slot, uint64_t netns, uint64_t now, te_alive_fn *alive,
                      void *alive_arg)
{
    const struct te_ident ident = {slot->key.cookie, slot->key.netns, &slot->key.tuple,
                                   slot->key.ifindex};
    int answer = -1;

    if (!ident.cookie)
        return false;
    if (alive && (!netns || netns == ident.netns))
        answer = alive(alive_arg, &ident);
    return answer < 0 ? netns == ident.netns || age_of(slot, now) < DAY_NS : answer > 0;
}

static void survey(struct te_survey *s, uint64_t netns, te_alive_fn *alive, void *alive_arg)
{
    uint64_t now = te_now();

    for (uint32_t i = 0; i < s->table.slots; i++) {
        const struct te_slot *slot = &s->table.slot[i];

        s->keep[i] = is_wanted(slot, netns, now, alive, alive_arg);
        s->used += slot->key.cookie != 0;
        s->kept += s->keep[i];
    }
    __atomic_store_n(&s->table.header->checked_ns, now, __ATOMIC_RELAXED);
}

/* The largest file is full: gives up what in other namespaces was not looked at for so long. */
static void give_up_older(struct te_survey *s, uint64_t netns, uint64_t limit_ns)
{
    uint64_t now = te_now();

    for (uint32_t i = 0; i < s->table.slots; i++)
        if (s->keep[i] && s->table.slot[i].key.netns != netns &&
            age_of(&s->table.slot[i], now) > limit_ns) {
            s->keep[i] = 0;
            s->kept--;
        }
}

static bool has_room(uint32_t kept, uint32_t slots)
{
    return kept < slots / 4 * 3;
}

/* Half full, so that the next renewal is far. */
static uint32_t size_for(const struct te_survey *s)
{
    uint64_t slots = (uint64_t)s->kept * 2;

    return slots < TE_SLOTS_MIN   ? TE_SLOTS_MIN
           : slots > TE_SLOTS_MAX ? TE_SLOTS_MAX
                                  : (uint32_t)slots;
}

/* From here on the slot's entry stays as it is. */
static bool move_slot(const struct te_survey *s, uint32_t i, const struct te_table *to)
{
    struct te_slot *slot = &s->table.slot[i];
    struct te_entry_ref ref = te_table_ref(&s->table, i);
    struct te_entry entry;

    te_slot_freeze(slot);
    return !s->keep[i] || !te_slot_read(&ref, &entry) ||
           te_table_insert(to, &slot->key, slot->shown_ns, &entry);
}

/* Gives the slots back, where there is to be no new file after all. */
static void thaw_all(const struct te_survey *s)
{
    for (uint32_t i = 0; i < s->table.slots; i++)
        te_slot_thaw(&s->table.slot[i]);
}

static int replace(struct te_memory *memory, int dir_fd, const struct te_survey *s, uint32_t slots)
{
    struct te_memory built = TE_MEMORY_INIT(memory->places);
    struct te_table to;
    int rc = te_file_build(&built, dir_fd, slots);

    if (rc)
        return rc;
    to = te_table_of(&built);
    for (uint32_t i = 0; i < s->table.slots && !rc; i++)
        if (!move_slot(s, i, &to))
            rc = -EAGAIN;
    if (!rc)
        rc = te_file_install(dir_fd);
    if (rc) {
        te_file_discard(&built, dir_fd);
        return rc;
    }
    __atomic_store_n(&s->table.header->superseded, 1, __ATOMIC_RELEASE);
    built.looked_ns = memory->looked_ns;
    te_memory_close(memory);
    *memory = built;
    return 0;
}

static int renew(struct te_memory *memory, int dir_fd, struct te_survey *s, uint64_t netns,
                 bool shrink)
{
    uint32_t slots;
    int rc = -EAGAIN;

    if (shrink && size_for(s) > memory->slots / 2)
        return 0;
    for (uint64_t limit = DAY_NS; !has_room(s->kept, TE_SLOTS_MAX) && limit > TE_SECOND_NS;
         limit /= 8)
        give_up_older(s, netns, limit);
    if (!has_room(s->kept, TE_SLOTS_MAX))
        return -ENOSPC;
    slots = size_for(s);
    /* They would meet in the same places again. */
    if (!shrink && s->kept == s->used && slots <= memory->slots)
        slots = memory->slots + memory->slots / 4;
    /* Where too many connections met in one neighbourhood a little more room parts them. */
    for (; rc == -EAGAIN && slots <= TE_SLOTS_MAX; slots += slots / 4 + 1)
        rc = replace(memory, dir_fd, s, slots);
    if (rc)
        thaw_all(s);
    return rc == -EAGAIN ? -ENOSPC : rc;
}

int te_renew(struct te_memory *memory, int dir_fd, uint64_t netns, bool shrink, te_alive_fn *alive,
             void *alive_arg)
{
    struct te_survey s = {.table = te_table_of(memory)};
    uint32_t size = memory->slots;
    int rc;

    s.keep = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (s.keep == MAP_FAILED)
        return -ENOMEM;
    survey(&s, netns, alive, alive_arg);
    rc = renew(memory, dir_fd, &s, netns, shrink);
    munmap(s.keep, size);
    return rc;
}
