/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hash table: where a record belongs, and finding it in pages that may hold noise. */
#include <string.h>

#include "memory/state-internal.h"

uint32_t te_home(const struct te_ident *ident, uint32_t pages)
{
    return (uint32_t)(te_sum(0, ident, sizeof(*ident)) >> 32) & (pages - 1);
}

static bool is_empty(const struct te_record *record)
{
    return !record->netns && !record->cookie;
}

uint64_t te_record_sum(const struct te_record *record, uint64_t seed, uint32_t page, uint32_t slot)
{
    /* Of an empty slot only the head: it has to be looked at on every miss. */
    size_t size = is_empty(record) ? offsetof(struct te_record, entry) : sizeof(*record);

    return te_sum(seed + ((uint64_t)page << 16 | slot), &record->netns,
                  size - offsetof(struct te_record, netns));
}

bool te_record_valid(const struct te_record *record, uint64_t seed, uint32_t page, uint32_t slot)
{
    return record->checksum == te_record_sum(record, seed, page, slot);
}

/*
 * Records of others are passed by unverified: whoever changes a record leaves its name as it was,
 * and whoever uses an empty slot has not returned yet when a half-written name is seen.
 */
void te_page_look(const union te_page *page, uint32_t number, uint64_t seed,
                  const struct te_ident *ident, struct te_sight *sight)
{
    *sight = (struct te_sight){.room = TE_SLOTS};
    for (uint32_t i = 0; i < TE_SLOTS; i++) {
        const struct te_record *record = &page->slot[i];

        if (record->cookie == ident->cookie && record->netns == ident->netns) {
            if (te_record_valid(record, seed, number, i)) {
                sight->slot = i;
                sight->found = sight->ended = true;
                return;
            }
            sight->slot = i;
            sight->torn = true;
        } else if (!is_empty(record)) {
            continue;
        } else if (te_record_valid(record, seed, number, i)) {
            sight->ended = true;
        }
        if (sight->room == TE_SLOTS)
            sight->room = i;
        if (sight->ended)
            return;
    }
}

void te_image_init(void *image, uint32_t pages, uint64_t file_id, const uint64_t boot[2])
{
    uint64_t seed = te_file_seed(file_id, boot);
    union te_page *page = (union te_page *)image + 1;

    memset(image, 0, te_file_size(pages));
    te_file_header(image, pages, file_id, boot);
    for (uint32_t i = 0; i < pages + TE_CHAIN - 1; i++)
        for (uint32_t k = 0; k < TE_SLOTS; k++)
            page[i].slot[k].checksum = te_record_sum(&page[i].slot[k], seed, i, k);
}

/* The slot that a new record would get, or NULL. */
static struct te_record *find_room(const void *image, uint32_t pages, uint64_t seed,
                                   const struct te_ident *ident, uint32_t *number, uint32_t *slot)
{
    union te_page *page = (union te_page *)image + 1;
    uint32_t home = te_home(ident, pages);
    struct te_sight sight;

    for (uint32_t i = home; i < home + TE_CHAIN; i++) {
        te_page_look(&page[i], i, seed, ident, &sight);
        if (sight.room < TE_SLOTS) {
            *number = i;
            *slot = sight.room;
            return &page[i].slot[sight.room];
        }
    }
    return NULL;
}

bool te_image_insert(void *image, uint32_t pages, uint64_t seed, const struct te_record *record)
{
    struct te_ident ident = {record->netns, record->cookie};
    uint32_t page, slot;
    struct te_record *place = find_room(image, pages, seed, &ident, &page, &slot);

    if (!place)
        return false;
    *place = *record;
    place->checksum = te_record_sum(place, seed, page, slot);
    return true;
}

bool te_image_has_room(const void *image, uint32_t pages, uint64_t seed,
                       const struct te_ident *ident)
{
    uint32_t page, slot;

    return find_room(image, pages, seed, ident, &page, &slot);
}
