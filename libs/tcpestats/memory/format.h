/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The layout of the memory file, which all processes of a user map: a header, then slots, one for
 * each connection that has something on. Private to this folder.
 *
 * A slot is found by its connection's addresses: linear probing from their hash, and the first
 * empty slot ends a search, since a slot is never emptied. Its entry stands there twice. `turn`
 * says which copy counts and is a lock at the same time: its lower half counts the changes, and the
 * parity of that is the copy's number; its upper half names the writer, 0 where there is none. A
 * writer fills the copy that does not count, then moves `turn` on and gives the lock back in one
 * step. So
 *  - a reader takes no lock and waits for nobody;
 *  - a writer that is killed leaves the copy that counts as it was, and its lock is taken from it;
 *  - a writer that was only stopped, for longer than anybody waits, finds its lock taken and does
 *    not move `turn`. What it may still write then shows in the checksum, which says of which turn
 *    a copy is, and the other copy is used.
 */
#ifndef TE_MEMORY_FORMAT_H
#define TE_MEMORY_FORMAT_H

#include <stddef.h>

#include "memory/memory.h"

#define TE_MEMORY_VERSION 1 /* part of the file's name: versions do not fight for one file */
#define TE_MEMORY_FILE "memory-1"

#define TE_PROBES 256u       /* how far a slot may be from where its connection's hash points */
#define TE_SLOTS_MIN 20u     /* a file of less than 64 KiB */
#define TE_SLOTS_MAX 100000u /* 300 MB: as many connections as one machine is watched with */
#define TE_HEADER_SIZE 4096u

#define TE_CHECK_NS (60 * TE_SECOND_NS) /* how often it is looked for the dead in a large file */

/* The writer's half of `turn` in a file that is being replaced: nobody changes this slot again. */
#define TE_FROZEN UINT32_MAX

struct te_header {
    uint64_t magic;
    uint32_t version;
    uint32_t slot_size;
    uint32_t slots;
    uint32_t reserved;
    uint64_t boot[2];
    uint64_t file_id;  /* random */
    uint64_t checksum; /* of all before */
    /* From here on changed while the file is in use. */
    uint32_t superseded; /* another file has taken its place */
    uint32_t writers;    /* how many writers there have been: gives them names */
    uint64_t checked_ns; /* when dead connections were last looked for */
};

/* Which connection a slot is about. cookie 0: the slot is empty. */
struct te_slot_key {
    uint64_t cookie;
    uint64_t netns;
    struct te_tuple tuple;
    uint32_t ifindex; /* device that the socket is bound to, or 0 */
    uint32_t reserved;
};

struct te_slot_copy {
    uint64_t checksum; /* of the file, the slot's number, its key, the turn and the entry */
    struct te_entry entry;
};

struct te_slot {
    struct te_slot_key key;
    uint64_t turn;
    uint64_t shown_ns; /* the newest instant of the connection that was shown to anybody */
    struct te_slot_copy copy[2];
};

_Static_assert(sizeof(struct te_header) == 72, "same layout on all machines");
_Static_assert(sizeof(struct te_slot) == 80 + 2 * (8 + sizeof(struct te_entry)), "no padding");
_Static_assert(sizeof(struct te_slot) % 8 == 0, "words that are changed atomically are aligned");

static inline uint64_t te_file_size(uint32_t slots)
{
    return TE_HEADER_SIZE + (uint64_t)slots * sizeof(struct te_slot);
}

/*
 * What of an entry is stored and summed: what is kept of the collector stands last, and is nothing
 * before the collector told anything.
 */
static inline size_t te_entry_size(const struct te_entry *entry)
{
    return entry->carry.epoch ? sizeof(*entry) : offsetof(struct te_entry, carry);
}

/* --- table.c: slots in memory; knows no file --- */

/* A table of slots, mapped or under construction. */
struct te_table {
    struct te_header *header;
    struct te_slot *slot;
    uint32_t slots;
    uint64_t seed; /* of the checksums */
};

/* The table of a file that is mapped. */
static inline struct te_table te_table_of(const struct te_memory *memory)
{
    return (struct te_table){
        .header = memory->map,
        .slot = (struct te_slot *)((char *)memory->map + TE_HEADER_SIZE),
        .slots = memory->slots,
        .seed = memory->seed,
    };
}

/*
 * The slot of a connection; ref.slot is NULL where there is none. cookie 0: of any connection on
 * these addresses whose ifindex is that of key or 0.
 */
struct te_entry_ref te_table_find(const struct te_table *table, const struct te_slot_key *key);

/* A slot by its number. */
struct te_entry_ref te_table_ref(const struct te_table *table, uint32_t number);

/* Reads a slot's entry, and notes in ref of which turn it is. False: both copies are damaged. */
bool te_slot_read(struct te_entry_ref *ref, struct te_entry *entry);

/* Changes a slot's entry if it is still that of ref. 0, -EAGAIN: it is not; TE_STALE: frozen. */
int te_slot_write(const struct te_table *table, const struct te_entry_ref *ref,
                  const struct te_entry *entry);

/* Takes a slot's lock for good, so that its entry stays as it is; gives it back. */
void te_slot_freeze(struct te_slot *slot);
bool te_slot_is_frozen(const struct te_slot *slot);
void te_slot_thaw(struct te_slot *slot);

/*
 * Puts a new connection into a table that nobody else puts anything into meanwhile. False: there is
 * no room in its neighbourhood.
 */
bool te_table_insert(const struct te_table *table, const struct te_slot_key *key, uint64_t shown_ns,
                     const struct te_entry *entry);

/* Makes a table of zeroes one with this header. */
void te_table_init(struct te_table *table, void *memory, uint32_t slots, uint64_t file_id,
                   const uint64_t boot[2]);

/* Is a header one of a file of this size and boot? */
bool te_header_is_good(const struct te_header *header, uint64_t size, const uint64_t boot[2]);

uint64_t te_header_seed(const struct te_header *header);

/* --- file.c: the file that holds a table --- */

#define TE_STALE (-4001) /* the file was replaced, or is not ours any more: open it again */

/* Opens and maps the file in our directory. 0, -ENOENT, TE_BAD, or what open() or mmap() said. */
int te_file_map(struct te_memory *memory, int dir_fd);

/* Is the file in our directory the one that is mapped? */
bool te_file_is_current(const struct te_memory *memory, int dir_fd);

/* Is there a file in our directory that te_file_map() would take? 0, -ENOENT, TE_BAD, ... */
int te_file_probe(int dir_fd);

/*
 * Makes a file of so many slots in our directory under another name, and maps it; te_file_install()
 * then puts it in the place of the present one, te_file_discard() takes it away again.
 */
int te_file_build(struct te_memory *memory, int dir_fd, uint32_t slots);
int te_file_install(int dir_fd);
void te_file_discard(struct te_memory *memory, int dir_fd);

/* --- renew.c --- */

/*
 * Replaces the file by one without the dead, with room for more. The directory is locked. If
 * `shrink`, only where that makes it clearly smaller. -ENOSPC: it is as large as may be, and
 * everything in it is in use.
 */
int te_renew(struct te_memory *memory, int dir_fd, uint64_t netns, bool shrink, te_alive_fn *alive,
             void *alive_arg);

#endif
