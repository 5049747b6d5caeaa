/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The shared memory of who enabled what: a file of fixed-size records under the user's runtime
 * directory, keyed by boot, network namespace and socket cookie.
 *
 * Read and written with pread() and pwrite(), never mapped: a file that somebody truncates while it
 * is in use then gives a short read, not SIGBUS. Records carry a checksum. A record is changed
 * under an open-file-description lock on its page, taken with all signals blocked and with a bound
 * on the wait; whole-file changes build a new file and rename() it over the old one.
 */
#ifndef TE_STATE_H
#define TE_STATE_H

#include "memory/carry.h"

/*
 * Part of the file's name, so that two versions of the library on one machine each have a file of
 * their own instead of replacing each other's for ever.
 */
#define TE_STATE_VERSION 3

/* The file in the private sub-directory. */
#define TE_STATE_FILE "state-3"

/* Who a record is about. A cookie is never 0. */
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
    struct te_carry carry;
};

/* Is the connection of a record alive? 1 yes, 0 no, negative: cannot tell (then it is kept). */
typedef int te_alive_fn(void *arg, const struct te_ident *ident, const struct te_entry *entry);

/*
 * One opened state file; used by one thread at a time, since it is the open file description that
 * owns a lock. For the same reason a child of fork() must not go on using its parent's: it closes
 * its copy with te_state_close() or forgets it, and starts again with TE_STATE_INIT. pid is there
 * for the caller to notice; it is not looked at here.
 */
struct te_state {
    int fd;            /* -1: not open */
    uint32_t pid;      /* the process that opened it */
    uint64_t dev, ino; /* of fd when we opened it: is the number still ours? */
    uint64_t seed;     /* of the file's checksums */
    uint32_t mark;     /* the position that we gave the open file description, to know it again */
    uint32_t pages;    /* size of the file's table */
    uint32_t checked;  /* second in which the file was last compared with the one at the path */
    uint32_t absent;   /* fd is the directory in which there was no file, see state.c */
};

#define TE_STATE_INIT              \
    {                              \
        -1, 0, 0, 0, 0, 0, 0, 0, 0 \
    }

/*
 * Reads the entry of a connection. -ENOENT when there is none (everything off), also when there is
 * no file yet. Other errors mean that the state could not be looked at: -EACCES, -EPERM, -EMFILE...
 * dir as in tcpestats_options.state_dir, the same at every call with one st. Takes no lock, but for
 * once an hour and connection, when it notes that the connection is still of interest.
 */
int te_state_read(struct te_state *st, const char *dir, const struct te_ident *ident,
                  struct te_entry *entry);

/*
 * Changes the entry of a connection under its lock. change() gets the present entry (zeroed and
 * existed == false when there was none) and returns 1 to have it written, 0 to leave it, or a
 * negative errno to leave it and fail. It runs with all signals blocked and must not wait; should
 * the file vanish before the result is written, it is called again for the new one. create: make
 * the file and the record when missing; otherwise -ENOENT. alive() is asked about old records when
 * room must be made. Errors: -ENOENT, -EBUSY (locked for half a second), -ENOSPC, -EDQUOT, -EROFS,
 * -EACCES, -EPERM, -EMFILE, -ENFILE, -ENOMEM, -EIO, -EINVAL (no cookie).
 */
int te_state_update(struct te_state *st, const char *dir, const struct te_ident *ident, bool create,
                    int (*change)(struct te_entry *entry, bool existed, void *arg),
                    void *change_arg, te_alive_fn *alive, void *alive_arg);

/* Closes the file if the descriptor is still ours. */
void te_state_close(struct te_state *st);

#endif
