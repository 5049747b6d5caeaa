/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a user's processes remember of a connection: which classes are on, the extremes and edges
 * that single readings cannot show, and how the collector's counters go on from one record to the
 * next. One file in the user's private directory, mapped by all of them; format.h has its layout.
 *
 * Reading takes no system call and no lock. The file is private to the user; a user who truncates
 * it by hand while it is in use may kill the readers with SIGBUS, as with any mapped file.
 */
#ifndef TE_MEMORY_H
#define TE_MEMORY_H

#include "base/base.h"
#include "memory/carry.h"
#include "memory/track.h"
#include "tcpestats.h"

/* Where the collector has a record of the connection, and what was asked of it. */
struct te_entry_record {
    uint64_t daemon;     /* start of the daemon (te_collector_view.start), 0: there is no record */
    uint32_t slot;       /* number of the record */
    uint32_t asked;      /* classes that this user has asked for */
    uint64_t refused_ns; /* when the daemon would not, 0: never */
    uint64_t renewed_ns; /* when it was last asked, by any process of this user */
    /* By class: since then the daemon collects it, where that is later than it was switched on. */
    uint64_t since_ns[TCPESTATS_CLASS_COUNT];
};

/* Counters that are kept as they were when their class was switched on: begun.c says which. */
#define TE_BEGUN_COUNTERS 16

struct te_begun {
    uint64_t on_ns[TCPESTATS_CLASS_COUNT]; /* when each class was switched on last, 0: never */
    uint64_t counters[TE_BEGUN_COUNTERS];
};

/* What is remembered of one connection. Fixed widths, no pointers, no padding. */
struct te_entry {
    uint32_t enabled; /* as tcpestats_conn.enabled */
    uint32_t reserved;
    struct te_entry_record record;
    struct te_begun begun;
    struct te_track track;
    struct te_carry carry; /* all zero while its epoch is */
};

/* Names a connection. */
struct te_ident {
    uint64_t cookie; /* 0: whichever has these addresses */
    uint64_t netns;
    const struct te_tuple *tuple;
    uint32_t ifindex; /* device that the socket is bound to, or 0 */
};

/* Is a connection alive? 1 yes, 0 no, negative: cannot tell (then it is kept). */
typedef int te_alive_fn(void *arg, const struct te_ident *ident);

/* An entry that was read, to be changed: not any more if somebody else changes it first. */
struct te_entry_ref {
    void *slot; /* NULL: there is none */
    uint64_t cookie;
    uint64_t seed; /* of its checksums */
    uint32_t turn;
};

/*
 * The mapped file, of one thread at a time. Whatever state it is in, closing is safe: a thread that
 * was killed with it leaves nothing that others wait for.
 */
struct te_memory {
    const struct te_places *places;
    void *map; /* NULL: there is no file that can be used */
    uint64_t size;
    uint64_t dev, ino;
    uint32_t slots;
    bool writable;
    uint64_t seed;
    uint64_t looked_ns; /* when the place was last looked at, by the coarse clock */
};

#define TE_MEMORY_INIT(where) \
    {                         \
        .places = (where)     \
    }

/*
 * Makes the memory ready for use: maps the file, if need be made first, and once a second looks
 * whether it is still the one at its place. In between no system call. A place that can't be used
 * is no error: then nothing is remembered. alive: asked when the file is found to be too large.
 */
void te_memory_ready(struct te_memory *memory, te_alive_fn *alive, void *alive_arg);

/*
 * Reads what is remembered of a connection. False: nothing, everything is off; entry is zeroed
 * then. *ident gets the cookie and interface of the connection that was found.
 */
bool te_memory_read(struct te_memory *memory, struct te_ident *ident, struct te_entry *entry,
                    struct te_entry_ref *ref);

/*
 * Changes what was read. -EAGAIN: somebody else did meanwhile; read again, and decide again. After
 * any error ref is of no more use. Errors: -EROFS (the file can only be read), -EBUSY, and those of
 * te_memory_add().
 */
int te_memory_write(struct te_memory *memory, const struct te_entry_ref *ref,
                    const struct te_entry *entry);

/*
 * Remembers a connection of which nothing was. -EAGAIN: somebody else has done so meanwhile.
 * Errors: -EACCES, -EPERM, -EBUSY (locked for half a second), -ENOSPC, -EDQUOT, -EROFS, -EMFILE,
 * -ENFILE, -ENOMEM, -EIO.
 */
int te_memory_add(struct te_memory *memory, const struct te_ident *ident,
                  const struct te_entry *entry, te_alive_fn *alive, void *alive_arg);

/* May an instant be shown that is so old? Not after a later one was, by any process. */
bool te_memory_may_show(const struct te_entry_ref *ref, uint64_t time_ns);

/* An instant is shown now. */
void te_memory_show(const struct te_memory *memory, const struct te_entry_ref *ref,
                    uint64_t time_ns);

/* Unmaps. */
void te_memory_close(struct te_memory *memory);

#endif
