/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of the shared state share among themselves.
 *
 * The file: one header page, then pages of records. A connection's hash names its home page; its
 * record is in the first page from there on that had room, at most TE_CHAIN pages away. Slots of a
 * page fill in order and are never emptied, so the first empty slot ends a search. A file that has
 * become too full, or too full of dead connections, is replaced by a new one.
 *
 * Locks, all by open file description and on byte ranges of the file:
 *  - who changes a record holds the pages from its home to the record's, taken in ascending order;
 *  - who replaces the file holds the directory (flock), then the whole file, ascending too.
 */
#ifndef TE_STATE_INTERNAL_H
#define TE_STATE_INTERNAL_H

#include <stddef.h>

#include "base/base.h"
#include "memory/state.h"

#define TE_PAGE 4096
#define TE_CHAIN 8u
#define TE_PAGES_MIN 8u     /* a file of 64 KiB */
#define TE_PAGES_MAX 32768u /* 128 MiB */

/* Internal verdicts, outside the range of what the state's functions return. */
#define TE_STALE (-4001) /* the file was replaced, or is not ours any more: open it again */
#define TE_FULL (-4002)  /* no room in this record's pages */

struct te_record {
    uint64_t checksum; /* of all that follows, the slot's number, the file and the boot */
    uint64_t netns;    /* netns and cookie 0: an empty slot, of which entry means nothing */
    uint64_t cookie;
    uint64_t touched; /* CLOCK_MONOTONIC in ns */
    struct te_entry entry;
};

#define TE_SLOTS ((uint32_t)(TE_PAGE / sizeof(struct te_record)))

/* A record never straddles two pages: the kernel copies a page's part of a write in one go. */
union te_page {
    struct te_record slot[TE_PAGE / sizeof(struct te_record)];
    uint8_t bytes[TE_PAGE];
};

_Static_assert(sizeof(union te_page) == TE_PAGE, "a page is a page");
_Static_assert(sizeof(struct te_record) * 4 <= TE_PAGE, "at least four records to a page");
_Static_assert(sizeof(struct te_record) % 8 == 0, "summed in words; same layout on all machines");

struct te_header {
    uint64_t magic;
    uint32_t version;
    uint32_t record_size;
    uint32_t pages; /* home pages, a power of two; TE_CHAIN - 1 more follow them */
    uint32_t reserved;
    uint64_t boot[2];
    uint64_t file_id; /* random */
    uint64_t checksum;
};

/*
 * Opens our private sub-directory; dir as in tcpestats_options.state_dir. A descriptor of the one
 * with a state file of this boot; where there is none and create is set, of the one to make it in.
 * Else -ENOENT, or -EACCES etc. when no place is safe. On -ENOENT *base (may be NULL) is a
 * descriptor (O_PATH) of the directory in which TE_PRIVATE_DIR would be made, or -1 where that is
 * not known.
 */
int te_dir_open(const char *dir, bool create, int *base);

/* --- state-file.c --- */

/* Opens the file in our sub-directory. 0, -ENOENT, TE_BAD, or what open() said. */
int te_file_open(struct te_state *st, int dir_fd);

/* Is there a file in our sub-directory that te_file_open() would take? The same, but st. */
int te_file_probe(int dir_fd);

/* Makes st the owner of an opened file. Closes fd if it cannot. */
int te_file_adopt(struct te_state *st, int fd, uint32_t pages, uint64_t seed);

/* Is the descriptor still our open file description? Before anything is locked or written. */
bool te_file_ours(const struct te_state *st);

/* Is it still our file, and is that still the one at the path, whole and private? */
bool te_file_current(const struct te_state *st);

/* Would others who open it now find our header in it? */
bool te_file_intact(const struct te_state *st);

void te_file_header(struct te_header *header, uint32_t pages, uint64_t file_id,
                    const uint64_t boot[2]);
uint64_t te_file_new_id(void);
uint64_t te_file_seed(uint64_t file_id, const uint64_t boot[2]);

/* Bytes of a file with so many home pages. */
static inline uint64_t te_file_size(uint32_t pages)
{
    return (uint64_t)TE_PAGE * (1 + pages + TE_CHAIN - 1);
}

/* Where a data page begins. */
static inline uint64_t te_page_offset(uint32_t page)
{
    return (uint64_t)TE_PAGE * (1 + page);
}

/* TE_STALE when the file has become too short. */
int te_file_read(const struct te_state *st, uint64_t offset, void *buf, size_t size);

/* Writes all or puts back what was there. */
int te_file_write(const struct te_state *st, uint64_t offset, const void *buf, const void *old,
                  size_t size);

/* --- state-lock.c --- */

/* Locks bytes of the file: 0, -EBUSY, TE_STALE when it was replaced meanwhile, or another error. */
int te_lock(const struct te_state *st, uint64_t offset, uint64_t size, struct te_wait *wait);
void te_unlock(const struct te_state *st, uint64_t offset, uint64_t size);

/* Has somebody else locked any of these bytes? */
bool te_locked(const struct te_state *st, uint64_t offset, uint64_t size);

/* --- state-table.c --- */

/* What a search saw in one page. */
struct te_sight {
    uint32_t slot; /* of the record, found or torn */
    uint32_t room; /* first slot that may be written, TE_SLOTS: none */
    bool found;
    bool ended; /* no use in looking at further pages */
    bool torn;  /* there is a record with this name but a wrong checksum */
};

uint32_t te_home(const struct te_ident *ident, uint32_t pages);
void te_page_look(const union te_page *page, uint32_t number, uint64_t seed,
                  const struct te_ident *ident, struct te_sight *sight);
uint64_t te_record_sum(const struct te_record *record, uint64_t seed, uint32_t page, uint32_t slot);
bool te_record_valid(const struct te_record *record, uint64_t seed, uint32_t page, uint32_t slot);

/* A whole table in memory: te_file_size(pages) bytes, header page included. */
void te_image_init(void *image, uint32_t pages, uint64_t file_id, const uint64_t boot[2]);
bool te_image_insert(void *image, uint32_t pages, uint64_t seed, const struct te_record *record);
bool te_image_has_room(const void *image, uint32_t pages, uint64_t seed,
                       const struct te_ident *ident);

/* --- state-build.c --- */

/*
 * Makes a file where there is none or a bad one, unless somebody else was faster; opens it.
 * TE_STALE: somebody was faster in another place.
 */
int te_build_first(struct te_state *st, const char *dir, int dir_fd, struct te_wait *wait);

/*
 * Puts an image in the place of the file; st is then the new one and the old one unlocked. The
 * directory is locked.
 */
int te_build_install(struct te_state *st, int dir_fd, const void *image, uint32_t pages,
                     uint64_t seed);

/* Memory for whole tables: not from the heap, which the thread may have been killed in. */
void *te_build_memory(size_t size);

/* --- state-renew.c --- */

/*
 * Replaces the file by one that has room for ident, leaving out what is dead. TE_STALE: somebody
 * else replaced it first. -ENOSPC: it is as large as may be, and all that is in it is needed.
 */
int te_renew(struct te_state *st, int dir_fd, const struct te_ident *ident, te_alive_fn *alive,
             void *alive_arg, struct te_wait *wait);

#endif
