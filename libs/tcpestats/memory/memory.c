/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/format.h"

#define BIG 1048576u /* a smaller file is not worth being made smaller still */
#define MINUTE_NS (60 * TE_SECOND_NS)
#define RENEWALS 3 /* enough even where others fill the new file up again */

static struct te_table table_of(const struct te_memory *memory)
{
    return (struct te_table){
        .header = memory->map,
        .slot = (struct te_slot *)((char *)memory->map + TE_HEADER_SIZE),
        .slots = memory->slots,
        .seed = memory->seed,
    };
}

static struct te_slot_key key_of(const struct te_ident *ident)
{
    return (struct te_slot_key){
        .cookie = ident->cookie,
        .netns = ident->netns,
        .tuple = *ident->tuple,
        .ifindex = ident->ifindex,
    };
}

void te_memory_close(struct te_memory *memory)
{
    if (memory->map)
        munmap(memory->map, memory->size);
    *memory = (struct te_memory)TE_MEMORY_INIT(memory->places);
}

/* ---- The file at its place ---- */

static bool is_superseded(const struct te_memory *memory)
{
    const struct te_header *header = memory->map;

    return header && __atomic_load_n(&header->superseded, __ATOMIC_ACQUIRE);
}

/* Makes the first file. The directory is locked. */
static int make_file(struct te_memory *memory, int dir_fd)
{
    int rc = te_file_map(memory, dir_fd), other;

    if (rc != -ENOENT && rc != TE_BAD)
        return rc;
    /* Another process may have been faster, in a place that came or went meanwhile. */
    other = te_places_open(memory->places, te_file_probe, false);
    if (other >= 0) {
        close(other);
        return TE_STALE;
    }
    if (other != -ENOENT)
        return other;
    rc = te_file_build(memory, dir_fd, TE_SLOTS_MIN);
    if (!rc && (rc = te_file_install(dir_fd)))
        te_file_discard(memory, dir_fd);
    return rc;
}

/* Opens the directory and locks it, and maps the file in it. The descriptor or a negative errno. */
static int lock_file(struct te_memory *memory)
{
    struct te_wait wait = {0, 0};
    int dir_fd, rc;

    do {
        dir_fd = te_places_open(memory->places, te_file_probe, true);
        if (dir_fd < 0)
            return dir_fd == -ENOENT ? -EACCES : dir_fd;
        rc = te_dir_lock(dir_fd, &wait);
        if (rc) {
            close(dir_fd);
            return rc;
        }
        if (memory->map && (is_superseded(memory) || !te_file_is_current(memory, dir_fd)))
            te_memory_close(memory);
        if (!memory->map)
            rc = make_file(memory, dir_fd);
        if (!rc)
            return dir_fd;
        te_dir_unlock(dir_fd);
        close(dir_fd);
    } while (rc == TE_STALE && te_wait(&wait));
    return rc == TE_STALE ? -EBUSY : rc;
}

static void unlock_file(int dir_fd)
{
    te_dir_unlock(dir_fd);
    close(dir_fd);
}

static bool may_shrink(const struct te_memory *memory)
{
    const struct te_header *header = memory->map;

    return memory->size >= BIG && memory->writable &&
           te_now() - __atomic_load_n(&header->checked_ns, __ATOMIC_RELAXED) > MINUTE_NS;
}

/* Errors that say nothing about the file: what is mapped stays. */
static bool is_passing(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EBUSY;
}

static void look_at_place(struct te_memory *memory, te_alive_fn *alive, void *alive_arg)
{
    int dir_fd = te_places_open(memory->places, te_file_probe, false);

    if (dir_fd >= 0) {
        if (memory->map && (is_superseded(memory) || !te_file_is_current(memory, dir_fd)))
            te_memory_close(memory);
        if (!memory->map && te_file_map(memory, dir_fd))
            te_memory_close(memory);
        close(dir_fd);
    } else if (!is_passing(dir_fd)) {
        te_memory_close(memory);
    }
    if (memory->map && !may_shrink(memory))
        return;
    dir_fd = lock_file(memory);
    if (dir_fd < 0)
        return;
    if (may_shrink(memory))
        te_renew(memory, dir_fd, 0, true, alive, alive_arg);
    unlock_file(dir_fd);
}

void te_memory_ready(struct te_memory *memory, te_alive_fn *alive, void *alive_arg)
{
    uint64_t now = te_now_coarse();
    struct te_guard guard;

    if (memory->looked_ns && now - memory->looked_ns < TE_SECOND_NS && !is_superseded(memory))
        return;
    te_guard_enter(&guard);
    look_at_place(memory, alive, alive_arg);
    memory->looked_ns = now;
    te_guard_leave(&guard);
}

/* ---- One connection ---- */

bool te_memory_read(struct te_memory *memory, struct te_ident *ident, struct te_entry *entry,
                    struct te_entry_ref *ref)
{
    struct te_slot_key key = key_of(ident);
    struct te_table table;
    struct te_slot *slot;

    *ref = (struct te_entry_ref){NULL, 0, 0};
    if (memory->map) {
        table = table_of(memory);
        slot = te_table_find(&table, &key);
        if (slot && te_slot_read(&table, slot, &ref->turn, entry)) {
            ref->slot = slot;
            ref->cookie = ident->cookie = slot->key.cookie;
            ident->ifindex = slot->key.ifindex;
            return true;
        }
    }
    memset(entry, 0, sizeof(*entry));
    return false;
}

/*
 * A slot that is frozen belongs to a file that is being replaced; then there is a new one as soon
 * as the directory can be locked. Or it belonged to a process that was killed while it replaced the
 * file: then the slot is given back.
 */
static int thaw(struct te_memory *memory, struct te_slot *slot)
{
    void *map = memory->map;
    struct te_guard guard;
    uint64_t turn;
    int dir_fd;

    te_guard_enter(&guard);
    dir_fd = lock_file(memory);
    if (dir_fd >= 0) {
        if (memory->map == map) {
            turn = __atomic_load_n(&slot->turn, __ATOMIC_RELAXED);
            __atomic_compare_exchange_n(&slot->turn, &turn, (uint64_t)(uint32_t)turn, false,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED);
        }
        unlock_file(dir_fd);
    }
    te_guard_leave(&guard);
    return dir_fd < 0 ? dir_fd : -EAGAIN;
}

int te_memory_write(struct te_memory *memory, const struct te_entry_ref *ref,
                    const struct te_entry *entry)
{
    struct te_table table = table_of(memory);
    struct te_slot *slot = ref->slot;
    int rc;

    if (!memory->writable)
        return -EROFS;
    if (slot->key.cookie != ref->cookie)
        return -EAGAIN;
    rc = te_slot_write(&table, slot, ref->turn, entry);
    return rc == TE_STALE ? thaw(memory, slot) : rc;
}

/* The directory is locked, so nobody else adds anything. */
static int add_entry(struct te_memory *memory, int dir_fd, const struct te_slot_key *key,
                     const struct te_entry *entry, te_alive_fn *alive, void *alive_arg)
{
    struct te_entry present;
    int rc = 0;

    for (int i = 0; !rc && i < RENEWALS; i++) {
        struct te_table table = table_of(memory);
        struct te_slot *slot = te_table_find(&table, key);
        uint32_t turn;

        if (!memory->writable)
            return -EROFS;
        if (slot && te_slot_read(&table, slot, &turn, &present))
            return -EAGAIN;
        if (te_table_insert(&table, key, te_now(), entry))
            return 0;
        rc = te_renew(memory, dir_fd, key->netns, false, alive, alive_arg);
    }
    return rc ? rc : -ENOSPC;
}

int te_memory_add(struct te_memory *memory, const struct te_ident *ident,
                  const struct te_entry *entry, te_alive_fn *alive, void *alive_arg)
{
    struct te_slot_key key = key_of(ident);
    struct te_guard guard;
    int dir_fd, rc;

    te_guard_enter(&guard);
    rc = dir_fd = lock_file(memory);
    if (dir_fd >= 0) {
        rc = add_entry(memory, dir_fd, &key, entry, alive, alive_arg);
        unlock_file(dir_fd);
    }
    te_guard_leave(&guard);
    return rc;
}

/* ---- What was shown ---- */

bool te_memory_may_show(const struct te_entry_ref *ref, uint64_t time_ns)
{
    const struct te_slot *slot = ref->slot;

    return time_ns >= __atomic_load_n(&slot->shown_ns, __ATOMIC_RELAXED);
}

void te_memory_show(const struct te_memory *memory, const struct te_entry_ref *ref,
                    uint64_t time_ns)
{
    struct te_slot *slot = ref->slot;
    uint64_t shown;

    if (!memory->writable)
        return;
    shown = __atomic_load_n(&slot->shown_ns, __ATOMIC_RELAXED);
    while (shown < time_ns && !__atomic_compare_exchange_n(&slot->shown_ns, &shown, time_ns, true,
                                                           __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}
