/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared memory of who enabled what: a file of fixed-size records under the user's runtime
 * directory, keyed by boot, network namespace and socket cookie.
 *
 * Read and written with pread() and pwrite(), never mapped: a file that somebody truncates while it
 * is in use then gives a short read, not SIGBUS. Records carry a checksum. A record is changed
 * under an open-file-description lock on its bytes, taken with all signals blocked and with a bound
 * on the wait; whole-file changes build a new file and rename() it over the old one.
 */
#ifndef TE_STATE_H
#define TE_STATE_H

#include "track.h"

#define TE_STATE_VERSION 1

/* Who a record is about. */
struct te_ident {
    uint64_t netns;
    uint64_t cookie;
};

/* The part of a record that callers see and change. */
struct te_entry {
    struct te_tuple tuple; /* to look the connection up again when reclaiming */
    uint32_t ifindex;
    uint32_t enabled; /* as tcpestats_conn.enabled */
    struct te_track track;
};

/* Is the connection of a record alive? 1 yes, 0 no, negative: cannot tell (then it is kept). */
typedef int te_alive_fn(void *arg, const struct te_ident *ident, const struct te_entry *entry);

/* One opened state file; used by one thread at a time. Zero-initialise with TE_STATE_INIT. */
struct te_state {
    int fd;            /* -1: not open */
    uint64_t dev, ino; /* of fd when we opened it: is the number still ours? */
    uint32_t capacity; /* records in the file */
    uint32_t pid;      /* the process that opened it: a lock is shared across fork() */
};

#define TE_STATE_INIT  \
    {                  \
        -1, 0, 0, 0, 0 \
    }

/*
 * Reads the entry of a connection. -ENOENT when there is none (everything off), also when there is
 * no file yet. Other errors mean that the state could not be looked at: -EACCES, -EPERM, -EMFILE...
 * dir as in tcpestats_options.state_dir. Takes no lock.
 */
int te_state_read(struct te_state *st, const char *dir, const struct te_ident *ident,
                  struct te_entry *entry);

/*
 * Changes the entry of a connection under its lock. change() gets the present entry (zeroed and
 * *existed == false when there was none) and returns 1 to have it written, 0 to leave it, or a
 * negative errno to leave it and fail. create: make the file and the record when missing; otherwise
 * -ENOENT. alive() is asked about old records when room must be made.
 * Errors: -ENOENT, -EBUSY (locked for half a second), -ENOSPC, -EDQUOT, -EROFS, -EACCES, -EPERM,
 * -EMFILE, -ENFILE, -ENOMEM, -EIO.
 */
int te_state_update(struct te_state *st, const char *dir, const struct te_ident *ident, bool create,
                    int (*change)(struct te_entry *entry, bool existed, void *arg),
                    void *change_arg, te_alive_fn *alive, void *alive_arg);

/* Closes the file if the descriptor is still ours. */
void te_state_close(struct te_state *st);

#endif
