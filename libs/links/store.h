/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is remembered of links: since when each is known, and where its counters stood when they
 * were last cleared. One small private file beside that of the TCP connections, shared by all
 * processes of a user and valid for one boot. It is read whole and without a lock, and replaced
 * whole by rename() under the lock of its directory; so whenever a writer dies, readers see all of
 * the old contents or all of the new.
 */
#ifndef LK_STORE_H
#define LK_STORE_H

#include "links.h"

#define LK_STORE_FILE "links-1"
#define LK_STORE_MAX 4096

struct lk_record {
    uint64_t netns, identity;
    uint64_t since_ns;   /* as lk_since() */
    uint64_t touched_ns; /* when last written: the oldest goes first */
    uint32_t index;
    uint32_t since; /* enum lk_since */
    uint64_t base[LK_COUNTERS];
};

struct lk_table {
    struct lk_record *record;
    uint32_t count;
};

/* Of no file, of another boot's and of a damaged one, an empty table. */
int lk_store_read(const char *state_dir, struct lk_table *table);
void lk_table_free(struct lk_table *table);

struct lk_record *lk_table_find(const struct lk_table *table, uint64_t netns,
                                const struct lk_link *link);

/* Adds a record or takes its place. When the table is full the one untouched for longest goes. */
int lk_table_put(struct lk_table *table, const struct lk_record *record);

/*
 * Reads the file, has change do its work on what is in it, and puts the outcome in the file's
 * place, all under the lock. change returns 0, or 1 for nothing to write, or a negative errno.
 */
int lk_store_change(const char *state_dir, int (*change)(struct lk_table *table, void *arg),
                    void *arg);

/* The contents of a file: what was read of it, size bytes. 0, -ENOMEM, or -EBADMSG for no table. */
int lk_store_parse(const void *image, size_t size, const uint64_t boot[2], struct lk_table *table);

#endif
