/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "memory/format.h"

#define MAGIC UINT64_C(0x3179726f6d656dff)

/* A lock is held for less than a microsecond. Its owner is dead after so long, or as good as dead.
 */
#define STEAL_NS UINT64_C(10000000)
#define SPINS 200u
#define NAP_NS 50000

/* Readers meet a change in progress only where `turn` went on by two while they copied. */
#define READ_TRIES 100u

/* ---- The header ---- */

uint64_t te_header_seed(const struct te_header *header)
{
    return te_sum(header->file_id, header->boot, sizeof(header->boot));
}

static void fill_header(struct te_header *header, uint32_t slots, uint64_t file_id,
                        const uint64_t boot[2])
{
    memset(header, 0, sizeof(*header));
    header->magic = MAGIC;
    header->version = TE_MEMORY_VERSION;
    header->slot_size = sizeof(struct te_slot);
    header->slots = slots;
    header->boot[0] = boot[0];
    header->boot[1] = boot[1];
    header->file_id = file_id;
    header->checksum = te_sum(0, header, offsetof(struct te_header, checksum));
}

bool te_header_is_good(const struct te_header *header, uint64_t size, const uint64_t boot[2])
{
    struct te_header expected;

    if (!header->slots || header->slots > TE_SLOTS_MAX || size != te_file_size(header->slots))
        return false;
    fill_header(&expected, header->slots, header->file_id, boot);
    return !memcmp(header, &expected, offsetof(struct te_header, superseded));
}

void te_table_init(struct te_table *table, void *memory, uint32_t slots, uint64_t file_id,
                   const uint64_t boot[2])
{
    table->header = memory;
    table->slot = (struct te_slot *)((char *)memory + TE_HEADER_SIZE);
    table->slots = slots;
    fill_header(table->header, slots, file_id, boot);
    table->header->checked_ns = te_now();
    table->seed = te_header_seed(table->header);
}

/* ---- Finding ---- */

static uint32_t home_of(const struct te_table *table, const struct te_slot_key *key)
{
    uint64_t hash = te_sum(key->netns, &key->tuple, sizeof(key->tuple)) >> 32;

    return (uint32_t)(hash * table->slots >> 32);
}

static struct te_slot *nth_slot(const struct te_table *table, uint32_t home, uint32_t n)
{
    return &table->slot[(home + n) % table->slots];
}

static uint64_t cookie_of(const struct te_slot *slot)
{
    return __atomic_load_n(&slot->key.cookie, __ATOMIC_ACQUIRE);
}

static bool has_addresses(const struct te_slot *slot, const struct te_slot_key *key)
{
    return slot->key.netns == key->netns &&
           !memcmp(&slot->key.tuple, &key->tuple, sizeof(key->tuple));
}

static bool is_of(const struct te_slot *slot, const struct te_slot_key *key)
{
    if (key->cookie)
        return slot->key.cookie == key->cookie && slot->key.netns == key->netns;
    return has_addresses(slot, key) && (!slot->key.ifindex || slot->key.ifindex == key->ifindex);
}

struct te_slot *te_table_find(const struct te_table *table, const struct te_slot_key *key)
{
    uint32_t home = home_of(table, key);

    for (uint32_t i = 0; i < TE_PROBES && i < table->slots; i++) {
        struct te_slot *slot = nth_slot(table, home, i);

        if (!cookie_of(slot))
            return NULL;
        if (is_of(slot, key))
            return slot;
    }
    return NULL;
}

/* ---- Reading ---- */

static uint64_t checksum_of(const struct te_table *table, const struct te_slot *slot,
                            uint64_t cookie, const struct te_entry *entry)
{
    uint64_t number = (uint64_t)(slot - table->slot);

    return te_sum(table->seed + number + cookie * UINT64_C(0x9e3779b97f4a7c15) + slot->key.netns,
                  entry, sizeof(*entry));
}

static bool copy_entry(const struct te_table *table, const struct te_slot *slot, unsigned number,
                       struct te_entry *entry)
{
    const struct te_slot_copy *copy = &slot->copy[number];
    uint64_t checksum = __atomic_load_n(&copy->checksum, __ATOMIC_RELAXED);

    memcpy(entry, &copy->entry, sizeof(*entry));
    return checksum == checksum_of(table, slot, cookie_of(slot), entry);
}

bool te_slot_read(const struct te_table *table, const struct te_slot *slot, uint32_t *turn,
                  struct te_entry *entry)
{
    for (unsigned i = 0; i < READ_TRIES; i++) {
        *turn = (uint32_t)__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE);
        if (copy_entry(table, slot, *turn & 1, entry))
            return true;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        /* Nothing happened meanwhile: it is damaged, and the other one is all there is. */
        if ((uint32_t)__atomic_load_n(&slot->turn, __ATOMIC_RELAXED) == *turn &&
            copy_entry(table, slot, ~*turn & 1, entry))
            return true;
    }
    return false;
}

/* ---- Changing ---- */

static uint32_t writer_of(uint64_t turn)
{
    return (uint32_t)(turn >> 32);
}

static uint64_t new_name(const struct te_table *table)
{
    uint32_t name;

    do
        name = __atomic_add_fetch(&table->header->writers, 1, __ATOMIC_RELAXED);
    while (!name || name == TE_FROZEN);
    return (uint64_t)name << 32;
}

static void wait_a_little(unsigned round)
{
    static const struct timespec nap = {0, NAP_NS};

    if (round > SPINS)
        nanosleep(&nap, NULL);
    else if (round % 32 == 31)
        sched_yield();
}

/*
 * Takes a slot's lock: of nobody, or of a writer that has had it for too long. *turn: as it was
 * then, without the writer. False: the slot is frozen, or `only` is set and this is another turn.
 */
static bool lock_slot(struct te_slot *slot, uint64_t name, const uint32_t *only, uint32_t *turn)
{
    uint64_t now = __atomic_load_n(&slot->turn, __ATOMIC_RELAXED), owned = 0, since = 0;

    for (unsigned round = 0;; round++) {
        if (writer_of(now) == TE_FROZEN || (only && (uint32_t)now != *only))
            return false;
        if (!writer_of(now) || (now == owned && te_now() - since > STEAL_NS)) {
            *turn = (uint32_t)now;
            if (__atomic_compare_exchange_n(&slot->turn, &now, name | *turn, false,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
                return true;
            continue;
        }
        if (now != owned) {
            owned = now;
            since = te_now();
        }
        wait_a_little(round);
        now = __atomic_load_n(&slot->turn, __ATOMIC_RELAXED);
    }
}

/* Fills the copy that does not count. */
static void write_copy(const struct te_table *table, struct te_slot *slot, uint32_t turn,
                       uint64_t cookie, const struct te_entry *entry)
{
    struct te_slot_copy *copy = &slot->copy[~turn & 1];

    memcpy(&copy->entry, entry, sizeof(*entry));
    __atomic_store_n(&copy->checksum, checksum_of(table, slot, cookie, entry), __ATOMIC_RELEASE);
}

/* Lets that copy count, and gives the lock back. False: it was taken from us meanwhile. */
static bool turn_over(struct te_slot *slot, uint64_t name, uint32_t turn)
{
    uint64_t mine = name | turn;

    return __atomic_compare_exchange_n(&slot->turn, &mine, (uint64_t)(turn + 1), false,
                                       __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

int te_slot_write(const struct te_table *table, struct te_slot *slot, uint32_t turn,
                  const struct te_entry *entry)
{
    uint64_t name = new_name(table);
    uint32_t at;

    if (!lock_slot(slot, name, &turn, &at))
        return writer_of(__atomic_load_n(&slot->turn, __ATOMIC_RELAXED)) == TE_FROZEN ? TE_STALE
                                                                                      : -EAGAIN;
    write_copy(table, slot, turn, slot->key.cookie, entry);
    return turn_over(slot, name, turn) ? 0 : -EAGAIN;
}

void te_slot_freeze(struct te_slot *slot)
{
    uint32_t turn;

    lock_slot(slot, (uint64_t)TE_FROZEN << 32, NULL, &turn);
}

/* ---- Adding ---- */

static void fill_empty(const struct te_table *table, struct te_slot *slot,
                       const struct te_slot_key *key, uint64_t shown_ns,
                       const struct te_entry *entry)
{
    slot->key.netns = key->netns;
    slot->key.tuple = key->tuple;
    slot->key.ifindex = key->ifindex;
    slot->turn = 1;
    slot->shown_ns = shown_ns;
    write_copy(table, slot, 0, key->cookie, entry);
    __atomic_add_fetch(&table->header->used, 1, __ATOMIC_RELAXED);
    /* Only now it is not empty any more. */
    __atomic_store_n(&slot->key.cookie, key->cookie, __ATOMIC_RELEASE);
}

/* A slot of a connection that was there before on the same addresses, and so is dead. */
static bool take_over(const struct te_table *table, struct te_slot *slot,
                      const struct te_slot_key *key, uint64_t shown_ns,
                      const struct te_entry *entry)
{
    uint64_t name = new_name(table);
    uint32_t turn;

    if (!lock_slot(slot, name, NULL, &turn))
        return false;
    __atomic_store_n(&slot->shown_ns, shown_ns, __ATOMIC_RELAXED);
    write_copy(table, slot, turn, key->cookie, entry);
    __atomic_store_n(&slot->key.cookie, key->cookie, __ATOMIC_RELEASE);
    return turn_over(slot, name, turn);
}

bool te_table_insert(const struct te_table *table, const struct te_slot_key *key, uint64_t shown_ns,
                     const struct te_entry *entry)
{
    uint32_t home = home_of(table, key);

    for (uint32_t i = 0; i < TE_PROBES && i < table->slots; i++) {
        struct te_slot *slot = nth_slot(table, home, i);

        if (!cookie_of(slot)) {
            fill_empty(table, slot, key, shown_ns, entry);
            return true;
        }
        if (has_addresses(slot, key) && slot->key.ifindex == key->ifindex)
            return take_over(table, slot, key, shown_ns, entry);
    }
    return false;
}
