/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replacing a file that has become too full: what is dead is left out, the rest moves to a new
 * file of the size that it needs. Dead connections are found here only, so that neither reading
 * nor changing ever has to clear up; renewals are rare enough to make that cheap.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "memory/state-internal.h"

#define DAY_NS 86400000000000u
#define ASK_NS 200000000u /* how long all questions after the living may take */

/* Load of a new file, in percent, and of the largest one, at which records must be given up. */
#define LOAD_NEW 40u
#define LOAD_MAX 50u

/* Every slot of the file, by its number. */
struct slots {
    union te_page *page;
    uint8_t *drop;   /* by slot: do not take along */
    uint32_t *heads; /* hash of tuples: slot + 1 */
    uint32_t total, kept, head_mask;
    void *memory;
    size_t memory_size;
};

static struct te_record *slot_at(const struct slots *slots, uint32_t i)
{
    return &slots->page[i / TE_SLOTS].slot[i % TE_SLOTS];
}

static bool get_memory(struct slots *slots, uint32_t pages)
{
    uint32_t heads = 1;
    size_t file_size = te_file_size(pages);

    slots->total = (pages + TE_CHAIN - 1) * TE_SLOTS;
    while (heads < 2 * slots->total)
        heads *= 2;
    slots->head_mask = heads - 1;
    slots->memory_size = file_size + heads * sizeof(uint32_t) + slots->total;
    slots->memory = te_build_memory(slots->memory_size);
    if (!slots->memory)
        return false;
    slots->page = (union te_page *)slots->memory + 1;
    slots->heads = (uint32_t *)((char *)slots->memory + file_size);
    slots->drop = (uint8_t *)(slots->heads + heads);
    return true;
}

static bool in_use(const struct slots *slots, uint32_t i, uint64_t seed)
{
    const struct te_record *record = slot_at(slots, i);

    return record->cookie && te_record_valid(record, seed, i / TE_SLOTS, i % TE_SLOTS);
}

static uint64_t age(const struct te_record *record, uint64_t now)
{
    return record->touched < now ? now - record->touched : 0;
}

/*
 * Asks about the connections of our own namespace, before anything is locked: what is dead stays
 * dead, and a slot in use keeps its owner.
 */
static void drop_dead(const struct slots *slots, uint64_t seed, uint64_t netns, te_alive_fn *alive,
                      void *alive_arg)
{
    uint64_t start = te_now();

    for (uint32_t i = 0; i < slots->total; i++) {
        const struct te_record *record = slot_at(slots, i);
        struct te_ident ident = {record->netns, record->cookie};

        if (ident.netns != netns || !in_use(slots, i, seed))
            continue;
        if (te_now() - start > ASK_NS)
            return;
        slots->drop[i] = alive(alive_arg, &ident, &record->entry) == 0;
    }
}

static void drop_unused_and_old(const struct slots *slots, uint64_t seed, uint64_t netns)
{
    uint64_t now = te_now();

    for (uint32_t i = 0; i < slots->total; i++) {
        const struct te_record *record = slot_at(slots, i);

        if (!in_use(slots, i, seed) || (record->netns != netns && age(record, now) > DAY_NS))
            slots->drop[i] = 1;
    }
}

/* A tuple belongs to one connection at a time: of several records only the latest can be alive. */
static void drop_outlived(const struct slots *slots)
{
    for (uint32_t i = 0; i < slots->total; i++) {
        const struct te_record *record = slot_at(slots, i);
        const struct te_entry *entry = &record->entry;
        uint32_t at;

        if (slots->drop[i] || !entry->tuple.family)
            continue;
        at = (uint32_t)te_sum(record->netns + entry->ifindex, &entry->tuple, sizeof(entry->tuple));
        for (at &= slots->head_mask; slots->heads[at]; at = (at + 1) & slots->head_mask) {
            uint32_t rival = slots->heads[at] - 1;
            const struct te_record *other = slot_at(slots, rival);

            if (other->netns != record->netns || other->entry.ifindex != entry->ifindex ||
                memcmp(&other->entry.tuple, &entry->tuple, sizeof(entry->tuple)))
                continue;
            if (other->touched >= record->touched) {
                slots->drop[i] = 1;
            } else {
                slots->drop[rival] = 1;
                slots->heads[at] = i + 1;
            }
            break;
        }
        if (!slots->heads[at])
            slots->heads[at] = i + 1;
    }
}

static uint32_t count_kept(const struct slots *slots)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < slots->total; i++)
        kept += !slots->drop[i];
    return kept;
}

/* Drops foreign records older than a limit; returns how many there were. dry: only counts. */
static uint32_t drop_older(const struct slots *slots, uint64_t netns, uint64_t touched, bool dry)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < slots->total; i++) {
        const struct te_record *record = slot_at(slots, i);

        if (slots->drop[i] || record->netns == netns || record->touched > touched)
            continue;
        count++;
        if (!dry)
            slots->drop[i] = 1;
    }
    return count;
}

/* The largest file is full: gives up what others have not touched for the longest time. */
static void drop_least_recent(struct slots *slots, uint64_t netns)
{
    const uint32_t limit = (uint32_t)((uint64_t)TE_PAGES_MAX * TE_SLOTS * LOAD_MAX / 100);
    uint64_t low = 0, high = UINT64_MAX;
    uint32_t excess;

    if (slots->kept <= limit)
        return;
    /* A tenth more than must be, so that this does not come back at the next connection. */
    excess = slots->kept - limit + limit / 10;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (drop_older(slots, netns, middle, true) >= excess)
            high = middle;
        else
            low = middle + 1;
    }
    slots->kept -= drop_older(slots, netns, low, false);
}

/* Puts what is kept into a table that also has room for ident, NULL if even the largest has not. */
static void *build_image(const struct slots *slots, const struct te_ident *ident, uint32_t *pages,
                         uint64_t file_id, const uint64_t boot[2], int *error)
{
    uint64_t seed = te_file_seed(file_id, boot);

    *pages = TE_PAGES_MIN;
    while (*pages < TE_PAGES_MAX && (uint64_t)*pages * TE_SLOTS * LOAD_NEW / 100 <= slots->kept)
        *pages *= 2;
    for (; *pages <= TE_PAGES_MAX; *pages *= 2) {
        void *image = te_build_memory(te_file_size(*pages));
        bool fits = true;

        *error = -ENOMEM;
        if (!image)
            return NULL;
        te_image_init(image, *pages, file_id, boot);
        for (uint32_t i = 0; i < slots->total && fits; i++)
            fits = slots->drop[i] || te_image_insert(image, *pages, seed, slot_at(slots, i));
        if (fits && te_image_has_room(image, *pages, seed, ident))
            return image;
        munmap(image, te_file_size(*pages));
    }
    *error = -ENOSPC;
    return NULL;
}

/* Page by page, so that it gets there however busy single pages are. */
static int lock_whole(const struct te_state *st, struct te_wait *wait)
{
    int rc = 0;

    for (uint64_t at = 0; !rc && at < te_file_size(st->pages); at += TE_PAGE)
        rc = te_lock(st, at, TE_PAGE, wait);
    return rc;
}

static int renew_locked(struct te_state *st, int dir_fd, struct slots *slots,
                        const struct te_ident *ident)
{
    uint64_t boot[2], file_id = te_file_new_id(), size = te_file_size(st->pages);
    uint32_t pages;
    void *image;
    int rc;

    if (!te_file_current(st))
        return TE_STALE;
    rc = te_file_read(st, 0, slots->memory, size);
    if (!rc)
        rc = te_boot_id(boot);
    if (rc)
        return rc;
    drop_unused_and_old(slots, st->seed, ident->netns);
    drop_outlived(slots);
    slots->kept = count_kept(slots);
    drop_least_recent(slots, ident->netns);
    image = build_image(slots, ident, &pages, file_id, boot, &rc);
    if (!image)
        return rc;
    rc = te_build_install(st, dir_fd, image, pages, te_file_seed(file_id, boot));
    munmap(image, te_file_size(pages));
    return rc;
}

static int renew(struct te_state *st, int dir_fd, const struct te_ident *ident, te_alive_fn *alive,
                 void *alive_arg, struct te_wait *wait)
{
    struct slots slots;
    struct stat sb;
    int rc;

    if (fstatat(dir_fd, TE_STATE_FILE, &sb, AT_SYMLINK_NOFOLLOW) || sb.st_ino != st->ino ||
        sb.st_dev != st->dev || !te_file_ours(st))
        return TE_STALE;
    if (!get_memory(&slots, st->pages))
        return -ENOMEM;
    rc = te_file_read(st, 0, slots.memory, te_file_size(st->pages));
    if (!rc && alive)
        drop_dead(&slots, st->seed, ident->netns, alive, alive_arg);
    if (!rc)
        rc = lock_whole(st, wait);
    if (!rc)
        rc = renew_locked(st, dir_fd, &slots, ident);
    if (rc && te_file_ours(st))
        te_unlock(st, 0, te_file_size(st->pages));
    munmap(slots.memory, slots.memory_size);
    return rc;
}

int te_renew(struct te_state *st, int dir_fd, const struct te_ident *ident, te_alive_fn *alive,
             void *alive_arg, struct te_wait *wait)
{
    int rc = te_dir_lock(dir_fd, wait);

    if (rc)
        return rc;
    rc = renew(st, dir_fd, ident, alive, alive_arg, wait);
    te_dir_unlock(dir_fd);
    return rc;
}
