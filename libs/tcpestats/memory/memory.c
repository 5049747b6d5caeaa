/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/format.h"

#define BIG 1048576u /* a smaller file is not worth being made smaller still */
#define RENEWALS 3   /* enough even where others fill the new file up again */

static struct te_slot_key key_of(const struct te_ident *ident)
{
    return (struct te_slot_key){
        .cookie = ident->cookie,
        .netns = ident->netns,
        .tuple = *ident->tuple,
        .ifindex = ident->ifindex,
    };
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

/* Is what is mapped the file at its place? */
static bool is_current(const struct te_memory *memory, int dir_fd)
{
    return memory->map && !is_superseded(memory) && te_file_is_current(memory, dir_fd);
}

/*
 * Opens the directory and locks it, and maps the file in it. The descriptor or a negative errno.
 * wait NULL: does not wait for the lock.
 */
static int lock_file(struct te_memory *memory, struct te_wait *wait)
{
    int dir_fd, rc;

    do {
        dir_fd = te_places_open(memory->places, te_file_probe, true);
        if (dir_fd < 0)
            return dir_fd == -ENOENT ? -EACCES : dir_fd;
        rc = te_dir_lock(dir_fd, wait);
        if (rc) {
            close(dir_fd);
            return rc;
        }
        if (!is_current(memory, dir_fd)) {
            te_memory_close(memory);
            rc = make_file(memory, dir_fd);
        }
        if (!rc)
            return dir_fd;
        te_dir_unlock(dir_fd);
        close(dir_fd);
    } while (rc == TE_STALE && wait && te_wait(wait));
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
           te_now() - __atomic_load_n(&header->checked_ns, __ATOMIC_RELAXED) > TE_CHECK_NS;
}

/* Errors that say nothing about the file: what is mapped stays. */
static bool is_passing(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EBUSY;
}

/* Maps the file that is at its place, and does not let go of one that is there still. */
static void follow_place(struct te_memory *memory)
{
    int dir_fd = te_places_open(memory->places, te_file_probe, false);

    if (dir_fd < 0) {
        if (!is_passing(dir_fd))
            te_memory_close(memory);
        return;
    }
    /* One that could only be read may have become writable. */
    if (!memory->writable || !is_current(memory, dir_fd)) {
        te_memory_close(memory);
        te_file_map(memory, dir_fd);
    }
    close(dir_fd);
}

/* False: to be done again at the next call. A reader waits for nobody's lock. */
static bool look_at_place(struct te_memory *memory, te_alive_fn *alive, void *alive_arg)
{
    int dir_fd;

    follow_place(memory);
    if (memory->map && !may_shrink(memory))
        return true;
    dir_fd = lock_file(memory, NULL);
    if (dir_fd < 0)
        return memory->map || dir_fd != -EBUSY;
    if (may_shrink(memory))
        te_renew(memory, dir_fd, 0, true, alive, alive_arg);
    unlock_file(dir_fd);
    return true;
}

void te_memory_ready(struct te_memory *memory, te_alive_fn *alive, void *alive_arg)
{
    uint64_t now = te_now_coarse();
    struct te_guard guard;

    if (memory->looked_ns && now - memory->looked_ns < TE_SECOND_NS && !is_superseded(memory))
        return;
    te_guard_enter(&guard);
    memory->looked_ns = look_at_place(memory, alive, alive_arg) ? now : 0;
    te_guard_leave(&guard);
}

/* ---- One connection ---- */

bool te_memory_read(struct te_memory *memory, struct te_ident *ident, struct te_entry *entry,
                    struct te_entry_ref *ref)
{
    struct te_slot_key key = key_of(ident);
    struct te_table table;

    ref->slot = NULL;
    if (memory->map) {
        table = te_table_of(memory);
        *ref = te_table_find(&table, &key);
        if (ref->slot && te_slot_read(ref, entry)) {
            ident->cookie = ref->cookie;
            ident->ifindex = ((const struct te_slot *)ref->slot)->key.ifindex;
            return true;
        }
        ref->slot = NULL;
    }
    memset(entry, 0, sizeof(*entry));
    return false;
}

/*
 * A slot that is frozen belongs to a file that is being replaced; then there is a new one as soon
 * as the directory can be locked. Or it belonged to a process that was killed while it replaced the
 * file: then the slot is given back.
 */
static int await_renewal(struct te_memory *memory, struct te_slot *slot)
{
    const uint64_t seed = memory->seed; /* names the file; another may be mapped at this address */
    struct te_wait wait = {0, 0};
    struct te_guard guard;
    int dir_fd;

    te_guard_enter(&guard);
    dir_fd = lock_file(memory, &wait);
    if (dir_fd >= 0) {
        if (memory->seed == seed)
            te_slot_thaw(slot);
        unlock_file(dir_fd);
    }
    te_guard_leave(&guard);
    return dir_fd < 0 ? dir_fd : -EAGAIN;
}

int te_memory_write(struct te_memory *memory, const struct te_entry_ref *ref,
                    const struct te_entry *entry)
{
    struct te_table table = te_table_of(memory);
    int rc;

    if (!memory->writable)
        return -EROFS;
    rc = te_slot_write(&table, ref, entry);
    return rc == TE_STALE ? await_renewal(memory, ref->slot) : rc;
}

/* The directory is locked, so nobody else adds anything. */
static int add_entry(struct te_memory *memory, int dir_fd, const struct te_slot_key *key,
                     const struct te_entry *entry, te_alive_fn *alive, void *alive_arg)
{
    struct te_entry present;
    int rc = 0;

    if (!memory->writable)
        return -EROFS;
    for (int i = 0; !rc && i < RENEWALS; i++) {
        struct te_table table = te_table_of(memory);
        struct te_entry_ref ref = te_table_find(&table, key);

        if (ref.slot && te_slot_read(&ref, &present))
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
    struct te_wait wait = {0, 0};
    struct te_guard guard;
    int dir_fd, rc;

    te_guard_enter(&guard);
    rc = dir_fd = lock_file(memory, &wait);
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
