/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "memory/format.h"

#define MAGIC UINT64_C(0x3179726f6d656dff)

/*
 * A lock is held for less than a microsecond. Its owner is dead, or stopped, when it is still there
 * after so many naps, of a tenth of a millisecond each: counted, not timed, so that a machine that
 * is slow, or was stopped as a whole, is given more.
 */
#define SPINS 200u
#define NAPS 100u
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

    if (!header->slots || header->slots > TE_SLOTS_MAX || size != te_file_size(header->slots) ||
        header->superseded)
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

static uint64_t hash_of(const struct te_slot_key *key)
{
    return te_sum(key->netns, &key->tuple, sizeof(key->tuple));
}

/* The n-th slot of a neighbourhood. */
static struct te_slot *nth_slot(const struct te_table *table, uint64_t hash, uint32_t n)
{
    uint64_t number = ((hash >> 32) * table->slots >> 32) + n;

    return &table->slot[number < table->slots ? number : number - table->slots];
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

static bool is_of(const struct te_slot *slot, const struct te_slot_key *key, uint64_t cookie)
{
    if (!has_addresses(slot, key))
        return false;
    return key->cookie ? cookie == key->cookie
                       : !slot->key.ifindex || slot->key.ifindex == key->ifindex;
}

/* A copy's checksum begins with all that says where it belongs, so that it counts only there. */
static struct te_entry_ref ref_to(const struct te_table *table, struct te_slot *slot, uint64_t hash,
                                  uint64_t cookie)
{
    uint64_t place = (uint64_t)(slot - table->slot) << 32 | slot->key.ifindex;

    return (struct te_entry_ref){
        .slot = slot,
        .cookie = cookie,
        .seed = (table->seed ^ hash) + cookie * UINT64_C(0x9e3779b97f4a7c15) +
                place * UINT64_C(0xd1342543de82ef95),
    };
}

struct te_entry_ref te_table_find(const struct te_table *table, const struct te_slot_key *key)
{
    uint64_t hash = hash_of(key), cookie;

    for (uint32_t i = 0; i < TE_PROBES && i < table->slots; i++) {
        struct te_slot *slot = nth_slot(table, hash, i);

        cookie = cookie_of(slot);
        if (!cookie)
            break;
        if (is_of(slot, key, cookie))
            return ref_to(table, slot, hash, cookie);
    }
    return (struct te_entry_ref){.slot = NULL};
}

struct te_entry_ref te_table_ref(const struct te_table *table, uint32_t number)
{
    struct te_slot *slot = &table->slot[number];

    return ref_to(table, slot, hash_of(&slot->key), cookie_of(slot));
}

/* ---- Reading ---- */

static uint64_t checksum_of(const struct te_entry_ref *ref, uint32_t turn,
                            const struct te_entry *entry)
{
    return te_sum(ref->seed + turn, entry, te_entry_size(entry));
}

/* Copies the entry of a turn. False: that is not there, or not whole. */
static bool copy_entry(const struct te_entry_ref *ref, uint32_t turn, struct te_entry *entry)
{
    const struct te_slot *slot = ref->slot;
    const struct te_slot_copy *copy = &slot->copy[turn & 1];
    uint64_t checksum = __atomic_load_n(&copy->checksum, __ATOMIC_RELAXED);

    memset(&entry->carry, 0, sizeof(entry->carry));
    memcpy(entry, &copy->entry, te_entry_size(&copy->entry));
    return checksum == checksum_of(ref, turn, entry);
}

bool te_slot_read(struct te_entry_ref *ref, struct te_entry *entry)
{
    const struct te_slot *slot = ref->slot;

    for (unsigned i = 0; i < READ_TRIES; i++) {
        ref->turn = (uint32_t)__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE);
        if (copy_entry(ref, ref->turn, entry))
            return true;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        /* Nothing happened meanwhile: it is damaged, and the one before is all there is. */
        if ((uint32_t)__atomic_load_n(&slot->turn, __ATOMIC_RELAXED) == ref->turn &&
            copy_entry(ref, ref->turn - 1, entry))
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

    if (round >= SPINS)
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
    uint64_t now = __atomic_load_n(&slot->turn, __ATOMIC_RELAXED), owned = 0;
    unsigned round = 0;

    for (;;) {
        if (writer_of(now) == TE_FROZEN || (only && (uint32_t)now != *only))
            return false;
        if (now != owned)
            round = 0;
        if (!writer_of(now) || round == SPINS + NAPS) {
            *turn = (uint32_t)now;
            if (__atomic_compare_exchange_n(&slot->turn, &now, name | *turn, false,
                                            __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
                return true;
            continue;
        }
        owned = now;
        wait_a_little(round++);
        now = __atomic_load_n(&slot->turn, __ATOMIC_RELAXED);
    }
}

/*
 * Fills the copy that does not count. Who sees any of that must not see an older turn afterwards:
 * an acquire alone, of the lock, does not promise it.
 */
static void write_copy(const struct te_entry_ref *ref, uint32_t turn, const struct te_entry *entry)
{
    struct te_slot *slot = ref->slot;
    struct te_slot_copy *copy = &slot->copy[turn & 1];

    __atomic_thread_fence(__ATOMIC_RELEASE);
    copy->entry.carry.epoch = 0;
    memcpy(&copy->entry, entry, te_entry_size(entry));
    __atomic_store_n(&copy->checksum, checksum_of(ref, turn, entry), __ATOMIC_RELEASE);
}

/* Gives the lock back, and lets that turn count. False: it was taken from us meanwhile. */
static bool unlock_slot(struct te_slot *slot, uint64_t name, uint32_t turn, uint32_t next)
{
    uint64_t mine = name | turn;

    return __atomic_compare_exchange_n(&slot->turn, &mine, (uint64_t)next, false, __ATOMIC_RELEASE,
                                       __ATOMIC_RELAXED);
}

int te_slot_write(const struct te_table *table, const struct te_entry_ref *ref,
                  const struct te_entry *entry)
{
    struct te_slot *slot = ref->slot;
    uint64_t name = new_name(table);
    uint32_t turn;

    if (!lock_slot(slot, name, &ref->turn, &turn))
        return te_slot_is_frozen(slot) ? TE_STALE : -EAGAIN;
    /* Another connection's by now. */
    if (cookie_of(slot) != ref->cookie) {
        unlock_slot(slot, name, turn, turn);
        return -EAGAIN;
    }
    write_copy(ref, turn + 1, entry);
    return unlock_slot(slot, name, turn, turn + 1) ? 0 : -EAGAIN;
}

/* ---- Freezing ---- */

bool te_slot_is_frozen(const struct te_slot *slot)
{
    return writer_of(__atomic_load_n(&slot->turn, __ATOMIC_RELAXED)) == TE_FROZEN;
}

void te_slot_freeze(struct te_slot *slot)
{
    uint32_t turn;

    lock_slot(slot, (uint64_t)TE_FROZEN << 32, NULL, &turn);
}

void te_slot_thaw(struct te_slot *slot)
{
    if (te_slot_is_frozen(slot))
        __atomic_store_n(&slot->turn, (uint64_t)(uint32_t)slot->turn, __ATOMIC_RELEASE);
}

/* ---- Adding ---- */

static void fill_empty(const struct te_table *table, struct te_slot *slot, uint64_t hash,
                       const struct te_slot_key *key, uint64_t shown_ns,
                       const struct te_entry *entry)
{
    struct te_entry_ref ref;

    slot->key.netns = key->netns;
    slot->key.tuple = key->tuple;
    slot->key.ifindex = key->ifindex;
    slot->turn = 0;
    slot->shown_ns = shown_ns;
    ref = ref_to(table, slot, hash, key->cookie);
    write_copy(&ref, 0, entry);
    /* Only now it is not empty any more. */
    __atomic_store_n(&slot->key.cookie, key->cookie, __ATOMIC_RELEASE);
}

/*
 * A slot of a connection that was there before on the same addresses, and so is dead; or of this
 * one, damaged. Whoever is
 * killed here leaves it with one of the two cookies, and the copy that belongs to that.
 */
static bool take_over(const struct te_table *table, struct te_slot *slot, uint64_t hash,
                      const struct te_slot_key *key, uint64_t shown_ns,
                      const struct te_entry *entry)
{
    uint64_t name = new_name(table);
    struct te_entry_ref ref;
    uint32_t turn;

    if (!lock_slot(slot, name, NULL, &turn))
        return false;
    slot->key.ifindex = key->ifindex;
    ref = ref_to(table, slot, hash, key->cookie);
    __atomic_store_n(&slot->shown_ns, shown_ns, __ATOMIC_RELAXED);
    write_copy(&ref, turn + 1, entry);
    if (!unlock_slot(slot, name, turn, turn + 1))
        return false;
    __atomic_store_n(&slot->key.cookie, key->cookie, __ATOMIC_RELEASE);
    return true;
}

bool te_table_insert(const struct te_table *table, const struct te_slot_key *key, uint64_t shown_ns,
                     const struct te_entry *entry)
{
    uint64_t hash = hash_of(key);

    for (uint32_t i = 0; i < TE_PROBES && i < table->slots; i++) {
        struct te_slot *slot = nth_slot(table, hash, i);

        if (!cookie_of(slot)) {
            fill_empty(table, slot, hash, key, shown_ns, entry);
            return true;
        }
        if (has_addresses(slot, key) &&
            (slot->key.ifindex == key->ifindex || cookie_of(slot) == key->cookie))
            return take_over(table, slot, hash, key, shown_ns, entry);
    }
    return false;
}
